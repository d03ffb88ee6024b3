import { isEncodedSecret } from './encoded-secrets.ts';
import { stripInvisible } from './untrusted.ts';

const MASK = '[masked]';

const NAMES = [
  'pass(?:wor[dt]|wd|phrase|code)?',
  'pwd',
  'kennwort',
  'mot[_ -]?de[_ -]?passe',
  'contrase[ñn]a',
  'senha',
  'пароль',
  '密[码碼]',
  'パスワード',
  'secret',
  '(?:client|shared)[_-]?secret',
  '(?:access|refresh|id|auth|session|csrf|xsrf|security)?[_-]?token',
  '(?:api|account|access|private|secret|subscription|shared[_-]?access)[_-]?key',
  '(?:j|php)?sess(?:ion)?[_-]?id',
  'sid',
  'sig',
  'community',
  'credentials?',
].join('|');

const SEPARATOR = String.raw`(?:[=:]|%3[ad]|\\u003[ad])`;
const VALUE = String.raw`(?:"[^"\n]*"|'[^'\n]*'|[^\s&;,"'<>]+)`;

/** What credentials look like on the wire, in URLs and in tshark's output; group 1 is kept. */
const SHAPES: readonly RegExp[] = [
  /(-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----)(?:(?:[\w+/=\r\n :,.\\]|-(?!-)){0,16384}?-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|(?:(?:\s|\\[rn])*[\w+/=]{16,})*)/g,
  // The first bytes of keys in base64, where the line above them is not there; of certificates too.
  /(\b)(?:MII[A-Za-z\d+/]|MC4CAQAw|b3BlbnNzaC1rZXk)[\w+/=]{16,}/g,
  /(\b(?:set-)?cookie2?\s*:)[^\n]+/gi,
  /(\b(?:proxy-)?authorization\s*:)[^\n]+/gi,
  /(\b(?:[Bb]asic|[Bb]earer|BASIC|BEARER|NTLM|[Nn]egotiate|[Aa]pi[Kk]ey)\s+)(?=\S*[0-9=A-Z]|\S{20})[\w+/=.~-]{8,}/g,
  /(\bPASS[\t ]+)[^\n\t]+/g,
  /((?:^|[\t|])[ \t]*pass[\t ]+)\S+[\t ]*$/gim,
  /(\bLOGIN[\t ]+\S+[\t ]+)[^\n\t]+/g,
  /(\b(?:AUTH|AUTHENTICATE)[\t ]+(?:PLAIN|LOGIN|NTLM|EXTERNAL|GSSAPI|XOAUTH2|(?:CRAM|DIGEST|SCRAM)-[\w-]+)[\t ]+)[\w+/=]{4,}/gi,
  /(\b334 UGFzc3dvcmQ6\s+)\S+/g,
  /(:\/\/[^\s/:@]*:)[^\s/@]+(?=@)/g,
  /(\b)eyJ[\w-]{4,}\.[\w-]{4,}\.[\w-]*/g,
  /(\b)(?:sk-|[srp]k_(?:live|test)_|gh[opsur]_|github_pat_|glpat-|xox[abeprs]-|npm_|hf_|AKIA|ASIA|AIza)[\w-]{16,}/g,
  /(\$)(?:krb5\w+|NETNTLM\w*|NT|sip|apr1|y|[156]|2[aby])\$[^\s"]+/gi,
  /(\b[\w.-]*::[\w.-]*:)[\da-f]{16,}:[\da-f]{16,}(?::[\da-f]*)*/gi,
  /(\b)[\da-f]{32}:[\da-f]{32}\b/gi,
  /(\b(?:response|cnonce)=")[^"\n]{16,}"/gi,
  new RegExp(`((?:(?<![\\p{L}\\d])|_)(?:${NAMES})["']?\\s*${SEPARATOR}\\s*)${VALUE}`, 'giu'),
  new RegExp(`((?:(?<![\\p{L}\\d])|_)(?:${NAMES})>\\s*)[^\\s<&]+`, 'giu'),
];

/** Runs of hexadecimal digits with or without separators, and of base64. */
const HEX = /(?<![\w:-])(?:[\da-f]{2}[:-]?){7,}[\da-f]{2}(?!\w)/gi;
const BASE64 = /(?<![\w+/=-])[\w+/-]{12,}={0,2}(?![\w+/=])/g;

/**
 * Hides what looks like a password, key, token or cookie, also where it is encoded in hexadecimal or base64, or broken
 * by characters that nobody sees. It errs on the side of hiding.
 */
export function maskSecrets(text: string): string {
  const visible = stripInvisible(text);
  return maskShapes(visible)
    .replace(HEX, (run) => (isEncodedSecret(run, 'hex', hasSecret) ? MASK : run))
    .replace(BASE64, (run) => (isEncodedSecret(run, 'base64', hasSecret) ? MASK : run));
}

const maskShapes = (text: string): string =>
  SHAPES.reduce((masked, shape) => masked.replace(shape, `$1${MASK}`), text);

const hasSecret = (text: string): boolean => maskShapes(text) !== text;
