import { latin1, u8 } from '../bytes.ts';
import { elementAt, elementsIn, SEQUENCE, type Element } from './der.ts';

/** What an X.509 certificate (RFC 5280) says of itself; signatures are not verified. */
export interface Certificate {
  /** Distinguished names as hexadecimal bytes, for comparing only. */
  subject: string;
  issuer: string;
  commonName: string | null;
  issuerName: string | null;
  /** Serial number as hexadecimal bytes. */
  serial: string;
  /** DNS names of the subjectAltName extension. */
  dnsNames: string[];
  /** Whether it holds addresses beside names. */
  hasAddresses: boolean;
  /** Whether an elliptic curve is written out instead of named. */
  explicitCurve: boolean;
  /** Whether it says where the certificate of its issuer can be fetched, as those of public authorities do. */
  tellsIssuerPlace: boolean;
  /** Whether a name holds a zero byte, which hides what follows from careless readers. */
  hasZeroInName: boolean;
}

const OID = 0x06;
const VERSION = 0xa0;
const EXTENSIONS = 0xa3;
const OCTET_STRING = 0x04;
const DNS_NAME = 0x82;
const IP_ADDRESS = 0x87;
const COMMON_NAME = '550403';
const ALTERNATIVE_NAMES = '551d11';
const AUTHORITY_ACCESS = '2b06010505070101';
const ISSUER_PLACE = '2b06010505073002';
const ELLIPTIC_KEY = '2a8648ce3d0201';
const MOST_NAME_BYTES = 4_096;
const MOST_DNS_NAMES = 500;

/** Reads one certificate; null where the bytes are none. Never throws, looks at each byte a bounded number of times. */
export function readCertificate(bytes: Uint8Array): Certificate | null {
  const whole = elementAt(bytes, 0, bytes.length);
  const body = whole === null ? null : elementAt(bytes, whole.start, whole.end);
  if (whole?.tag !== SEQUENCE || body?.tag !== SEQUENCE) return null;
  const parts = elementsIn(bytes, body.start, body.end).filter(({ tag }) => tag !== VERSION);
  const [serial, , issuer, , subject, key] = parts;
  if (issuer?.tag !== SEQUENCE || subject?.tag !== SEQUENCE || key?.tag !== SEQUENCE) return null;
  if (issuer.end - issuer.start > MOST_NAME_BYTES || subject.end - subject.start > MOST_NAME_BYTES)
    return null;
  const commonName = readCommonName(bytes, subject);
  const certificate: Certificate = {
    subject: hexOf(bytes, subject),
    issuer: hexOf(bytes, issuer),
    commonName,
    issuerName: readCommonName(bytes, issuer),
    serial: serial === undefined ? '' : hexOf(bytes, serial).slice(0, 64),
    dnsNames: [],
    hasAddresses: false,
    explicitCurve: hasExplicitCurve(bytes, key),
    tellsIssuerPlace: false,
    hasZeroInName: false,
  };
  const extensions = parts.find(({ tag }) => tag === EXTENSIONS);
  if (extensions !== undefined) readExtensions(certificate, bytes, extensions);
  certificate.hasZeroInName = [commonName ?? '', ...certificate.dnsNames].some((name) => name.includes('\0'));
  return certificate;
}

const hexOf = (bytes: Uint8Array, { start, end }: Element): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('hex');

const inside = (bytes: Uint8Array, { start, end }: Element): Element[] => elementsIn(bytes, start, end);

/** Name ::= SEQUENCE of SET of { type, value }; the last common name counts. */
function readCommonName(bytes: Uint8Array, name: Element): string | null {
  let found: string | null = null;
  for (const set of inside(bytes, name)) {
    for (const pair of inside(bytes, set)) {
      const [type, value] = inside(bytes, pair);
      if (type?.tag !== OID || value === undefined || hexOf(bytes, type) !== COMMON_NAME) continue;
      found = latin1(bytes, value.start, Math.min(value.end, value.start + 256));
    }
  }
  return found;
}

/** SubjectPublicKeyInfo ::= { { algorithm, parameters }, key }: parameters of a named curve are an OID. */
function hasExplicitCurve(bytes: Uint8Array, key: Element): boolean {
  const [algorithm] = inside(bytes, key);
  if (algorithm?.tag !== SEQUENCE) return false;
  const [type, parameters] = inside(bytes, algorithm);
  return type?.tag === OID && hexOf(bytes, type) === ELLIPTIC_KEY && parameters?.tag === SEQUENCE;
}

function readExtensions(certificate: Certificate, bytes: Uint8Array, extensions: Element): void {
  const [list] = inside(bytes, extensions);
  if (list?.tag !== SEQUENCE) return;
  for (const extension of inside(bytes, list)) {
    const [type, ...rest] = inside(bytes, extension);
    const wrapped = rest.at(-1);
    if (type?.tag !== OID || wrapped?.tag !== OCTET_STRING) continue;
    const value = elementAt(bytes, wrapped.start, wrapped.end);
    if (value?.tag !== SEQUENCE) continue;
    const name = hexOf(bytes, type);
    if (name === ALTERNATIVE_NAMES) readNames(certificate, bytes, value);
    else if (name === AUTHORITY_ACCESS)
      certificate.tellsIssuerPlace = inside(bytes, value).some((access) => {
        const [method] = inside(bytes, access);
        return method?.tag === OID && hexOf(bytes, method) === ISSUER_PLACE;
      });
  }
}

/** Long lists of names are usual, so these are walked one by one and not by the shorter list of elements. */
function readNames(certificate: Certificate, bytes: Uint8Array, { start, end }: Element): void {
  for (let at = start; at < end && certificate.dnsNames.length < MOST_DNS_NAMES;) {
    const name = elementAt(bytes, at, end);
    if (name === null) return;
    if (u8(bytes, at) === IP_ADDRESS) certificate.hasAddresses = true;
    else if (name.tag === DNS_NAME)
      certificate.dnsNames.push(latin1(bytes, name.start, Math.min(name.end, name.start + 256)));
    at = name.end;
  }
}
