const MAX_DECODED = 4_096;
/** Longer than a fingerprint, and no digest: proofs of NTLM, tickets of Kerberos, and keys are. */
const LONG_DIGITS = 48;
const DIGESTS = new Set([64, 96, 128]);

/**
 * Whether a run of hexadecimal digits or of base64 is a secret: decoded it looks like one, it names somebody and their
 * password as the login of HTTP and SMTP does, or it is as long as only proofs, tickets and keys are.
 */
export function isEncodedSecret(
  run: string,
  encoding: 'hex' | 'base64',
  looksSecret: (text: string) => boolean,
): boolean {
  const digits = encoding === 'hex' ? run.replaceAll(/[:-]/g, '') : run;
  if (encoding === 'hex' && digits.length >= LONG_DIGITS && !DIGESTS.has(digits.length)) return true;
  const bytes = encoding === 'hex' ? fromHex(digits) : fromBase64(digits);
  if (bytes === null) return false;
  const text = asText(bytes);
  return LOGIN.test(text) && encoding === 'base64' ? true : looksSecret(text.replaceAll('\u0000', ''));
}

/** "user:password", and SASL's PLAIN with NULs. */
const LOGIN =
  /^(?:[\x21-\x39\x3b-\x7e]{1,64}:[\x20-\x7e]{1,128}|[\x20-\x7e]{0,64}\0[\x20-\x7e]{1,64}\0[\x20-\x7e]{1,128})$/;

function fromHex(digits: string): Uint8Array {
  const pairs = digits.slice(0, 2 * MAX_DECODED).match(/../g) ?? [];
  return Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16));
}

function fromBase64(run: string): Uint8Array | null {
  const plain = run.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '').slice(0, MAX_DECODED);
  if (plain.length % 4 === 1) return null;
  return Uint8Array.from(atob(plain), (char) => char.charCodeAt(0));
}

/** Latin letters in one byte or in two: the shapes of secrets are ASCII. */
const asText = (bytes: Uint8Array): string => String.fromCharCode(...bytes);
