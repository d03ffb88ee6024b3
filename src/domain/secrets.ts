const MASK = '[masked]';

const NAMES = [
  'pass(?:word|wd|phrase)?',
  'pwd',
  'secret',
  '(?:client|shared)[_-]?secret',
  '(?:access|refresh|id|auth|session|csrf)?[_-]?token',
  'api[_-]?key',
  'account[_-]?key',
  '(?:j|php)?sess(?:ion)?[_-]?id',
  'sig',
].join('|');

/** What credentials look like on the wire, in URLs and in tshark's output; group 1 is kept. */
const SHAPES: readonly RegExp[] = [
  /(-----BEGIN [A-Z ]*PRIVATE KEY-----)[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /(\b(?:set-)?cookie\s*:)[^\n]+/gi,
  /(\b(?:[Bb]asic|[Bb]earer|BASIC|BEARER|NTLM|[Nn]egotiate)\s+)(?=\S*[0-9=A-Z])[\w+/=.~-]{8,}/g,
  /(\bPASS[\t ]+)[^\n\t]+/g,
  /(\bLOGIN[\t ]+\S+[\t ]+)[^\n\t]+/g,
  /(:\/\/[^\s/:@]*:)[^\s/@]+(?=@)/g,
  /(\b)eyJ[\w-]{4,}\.[\w-]{4,}\.[\w-]*/g,
  /(\b)sk-[\w-]{16,}/g,
  new RegExp(`((?:\\b|_)(?:${NAMES})["']?\\s*[=:]\\s*)(?:"[^"\\n]*"|'[^'\\n]*'|[^\\s&;,"'<>]+)`, 'gi'),
];

/** Hides what looks like a password, key, token or cookie. It errs on the side of hiding. */
export function maskSecrets(text: string): string {
  return SHAPES.reduce((masked, shape) => masked.replace(shape, `$1${MASK}`), text);
}
