const MASK = '[masked]';
const MOST = 300;
const [SHORTEST, LONGEST] = [5, 256];

/**
 * Makes what hides these values wherever a text shows them: as they are, percent-encoded, in hexadecimal or in base64.
 * Values that are short, or mere numbers and addresses, stay: whoever chose them as a password could hide figures.
 */
export function createMask(values: Iterable<string>): (text: string) => string {
  const known = [...new Set(values)].filter(isTelling).slice(0, MOST);
  if (known.length === 0) return (text) => text;
  const plain = known.flatMap((value) => [value, encodeURIComponent(value.toWellFormed())]);
  const encoded = known.flatMap((value) => [hexOf(value), base64Of(value)]);
  const whole = alternatives(plain);
  const within = alternatives(encoded);
  const sign = new RegExp(`(?<![\\p{L}\\d])(?:${whole})(?![\\p{L}\\d])|(?:${within})`, 'giu');
  return (text) => text.replace(sign, MASK);
}

const isTelling = (value: string): boolean =>
  value.length >= SHORTEST && value.length <= LONGEST && !/^[\d.:,/-]*$/.test(value);

const alternatives = (texts: readonly string[]): string =>
  [...new Set(texts)]
    .toSorted((a, b) => b.length - a.length)
    .map((text) => text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`))
    .join('|');

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

const hexOf = (text: string): string =>
  Array.from(bytesOf(text), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** Without its last characters, which depend on what follows. */
const base64Of = (text: string): string =>
  btoa(String.fromCharCode(...bytesOf(text)))
    .replace(/=+$/, '')
    .slice(0, -1);
