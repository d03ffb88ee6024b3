import { md5, sha256 } from './digests.ts';

/** What a ClientHello lists, in its order, reserved values of RFC 8701 included. */
export interface ClientHello {
  overQuic: boolean;
  version: number;
  supportedVersions: readonly number[];
  ciphers: readonly number[];
  extensions: readonly number[];
  groups: readonly number[];
  pointFormats: readonly number[];
  signatureAlgorithms: readonly number[];
  /** The first protocol of ALPN, '' where there is none. */
  alpn: string;
}

const SERVER_NAME = 0x0000;
const ALPN = 0x0010;

/** Values that clients strew in so that servers stay tolerant (RFC 8701). */
const isGrease = (value: number): boolean => (value & 0x0f0f) === 0x0a0a && value >> 8 === (value & 0xff);
const meant = (values: readonly number[]): number[] => values.filter((value) => !isGrease(value));

/** A hash of a text as hexadecimal digits. */
type Hash = (text: string) => string;

/** JA3: MD5 over version, ciphers, extensions, groups and point formats. Names a program, and proves nothing. */
export function ja3(
  { version, ciphers, extensions, groups, pointFormats }: ClientHello,
  hash: Hash = md5,
): string {
  const lists = [ciphers, extensions, groups, pointFormats].map((list) => meant(list).join('-'));
  return hash([version, ...lists].join(','));
}

const VERSIONS = new Map([
  [0x0304, '13'],
  [0x0303, '12'],
  [0x0302, '11'],
  [0x0301, '10'],
  [0x0300, 's3'],
  [0x0002, 's2'],
]);

/** The highest version that the hello offers. */
export const offeredVersion = ({ version, supportedVersions }: ClientHello): number =>
  Math.max(...meant(supportedVersions), supportedVersions.length === 0 ? version : 0);

/** JA4 (FoxIO, BSD licence): readable head, then hashes of ciphers and extensions that do not depend on their order. */
export function ja4(hello: ClientHello, hash: Hash = sha256): string {
  const ciphers = meant(hello.ciphers);
  const extensions = meant(hello.extensions);
  const name = extensions.includes(SERVER_NAME) ? 'd' : 'i';
  const head = [
    hello.overQuic ? 'q' : 't',
    VERSIONS.get(offeredVersion(hello)) ?? '00',
    name,
    twoDigits(ciphers.length),
    twoDigits(extensions.length),
    alpnCharacters(hello.alpn),
  ].join('');
  const others = extensions.filter((extension) => extension !== SERVER_NAME && extension !== ALPN);
  const signatures =
    hello.signatureAlgorithms.length === 0 ? '' : `_${hello.signatureAlgorithms.map(hex).join(',')}`;
  const listed = others.length === 0 ? '' : `${sortedHex(others)}${signatures}`;
  const short = (text: string): string => (text === '' ? '000000000000' : hash(text).slice(0, 12));
  return `${head}_${short(sortedHex(ciphers))}_${short(listed)}`;
}

const twoDigits = (count: number): string => String(Math.min(count, 99)).padStart(2, '0');
const hex = (value: number): string => value.toString(16).padStart(4, '0');
const sortedHex = (values: readonly number[]): string => values.map(hex).toSorted().join(',');

/** First and last character; where one is neither letter nor digit, those of its hexadecimal form. */
function alpnCharacters(alpn: string): string {
  const first = alpn.at(0);
  const last = alpn.at(-1);
  if (first === undefined || last === undefined) return '00';
  if (/^[a-z\d]{2}$/i.test(first + last)) return first + last;
  return `${code(first)[0]}${code(last)[1]}`;
}

const code = (character: string): string => (character.charCodeAt(0) & 0xff).toString(16).padStart(2, '0');
