import { latin1, u16, u24, u8 } from '../bytes.ts';
import { elementAt, elementsIn, SEQUENCE, utcTime } from './der.ts';
import { hear, hex16, type Heard, type HeardField } from './heard.ts';

const CLIENT_HELLO = 1;
const SERVER_HELLO = 2;
const CERTIFICATE = 11;
const SERVER_NAME = 0;
const SUPPORTED_GROUPS = 10;
const POINT_FORMATS = 11;
const APPLICATION_PROTOCOLS = 16;
/** For handshakes, for certificates, and of delegated credentials. */
const SIGNATURE_ALGORITHMS = new Set([13, 50, 34]);
const SUPPORTED_VERSIONS = 43;
const MOST_LISTED = 100;
const MOST_PROTOCOLS = 10;
const MOST_CERTIFICATES = 8;
const LONGEST_NAME = 255;
const LONGEST_CERTIFICATE = 65_536;

/** Tells a handshake message (RFC 8446, section 4) whose body stands between `start` and `end`. */
export function tellHandshake(
  heard: Heard,
  type: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  hear(heard, 'tls.handshake.type', String(type));
  if (type === CLIENT_HELLO || type === SERVER_HELLO) tellHello(heard, type, bytes, start, end);
  else if (type === CERTIFICATE) tellCertificates(heard, bytes, start, end);
}

function tellHello(heard: Heard, type: number, bytes: Uint8Array, start: number, end: number): void {
  if (end - start < 35) return;
  hear(heard, 'tls.handshake.version', hex16(u16(bytes, start)));
  let at = start + 35 + u8(bytes, start + 34);
  if (type === CLIENT_HELLO) {
    tellNumbers(heard, 'tls.handshake.ciphersuite', bytes, at + 2, Math.min(at + 2 + u16(bytes, at), end));
    at += 2 + u16(bytes, at);
    at += 1 + u8(bytes, at);
  } else {
    tellNumbers(heard, 'tls.handshake.ciphersuite', bytes, at, Math.min(at + 2, end));
    at += 3;
  }
  const last = Math.min(at + 2 + u16(bytes, at), end);
  for (at += 2; at + 4 <= last;) {
    const length = u16(bytes, at + 2);
    const extension = u16(bytes, at);
    const until = Math.min(at + 4 + length, last);
    hear(heard, 'tls.handshake.extension.type', String(extension));
    if (extension === SERVER_NAME && type === CLIENT_HELLO) tellServerName(heard, bytes, at + 4, until);
    else if (extension === SUPPORTED_VERSIONS) tellVersions(heard, type, bytes, at + 4, until);
    else tellLists(heard, extension, bytes, at + 4, until);
    at += 4 + length;
  }
}

/** Extensions that are a list behind its length. */
function tellLists(heard: Heard, extension: number, bytes: Uint8Array, start: number, end: number): void {
  if (extension === SUPPORTED_GROUPS) {
    tellNumbers(heard, 'tls.handshake.extensions_supported_group', bytes, start + 2, end);
  } else if (SIGNATURE_ALGORITHMS.has(extension)) {
    hear(heard, 'tls.handshake.sig_hash_alg_len', String(u16(bytes, start)));
    tellNumbers(heard, 'tls.handshake.sig_hash_alg', bytes, start + 2, end);
  } else if (extension === POINT_FORMATS) {
    for (let at = start + 1; at < Math.min(end, start + 1 + MOST_PROTOCOLS); at += 1)
      hear(heard, 'tls.handshake.extensions_ec_point_format', String(u8(bytes, at)));
  } else if (extension === APPLICATION_PROTOCOLS) {
    let count = 0;
    for (let at = start + 2; at < end && count < MOST_PROTOCOLS; count += 1) {
      const next = at + 1 + u8(bytes, at);
      if (next > end) return;
      hear(heard, 'tls.handshake.extensions_alpn_str', latin1(bytes, at + 1, next));
      at = next;
    }
  }
}

function tellNumbers(heard: Heard, field: HeardField, bytes: Uint8Array, start: number, end: number): void {
  for (let at = start; at + 2 <= Math.min(end, start + 2 * MOST_LISTED); at += 2)
    hear(heard, field, hex16(u16(bytes, at)));
}

/** The list of names (RFC 6066, section 3); nobody sends more than one. */
function tellServerName(heard: Heard, bytes: Uint8Array, start: number, end: number): void {
  const length = u16(bytes, start + 3);
  if (end - start < 5 || length > end - start - 5 || length > LONGEST_NAME) return;
  hear(heard, 'tls.handshake.extensions_server_name', latin1(bytes, start + 5, start + 5 + length));
}

/** A client lists the versions that it speaks, a server names the one that it chose. */
function tellVersions(heard: Heard, type: number, bytes: Uint8Array, start: number, end: number): void {
  for (let at = type === CLIENT_HELLO ? start + 1 : start; at + 2 <= end; at += 2)
    hear(heard, 'tls.handshake.extensions.supported_version', hex16(u16(bytes, at)));
}

/** Each certificate and its validity, up to TLS 1.2; later they are encrypted. */
function tellCertificates(heard: Heard, bytes: Uint8Array, start: number, end: number): void {
  const last = Math.min(start + 3 + u24(bytes, start), end);
  let count = 0;
  for (let at = start + 3; at + 3 <= last && count < MOST_CERTIFICATES; count += 1) {
    const length = u24(bytes, at);
    if (length > last - at - 3) return;
    tellValidity(heard, bytes, at + 3, at + 3 + length);
    if (length <= LONGEST_CERTIFICATE)
      hear(
        heard,
        'tls.handshake.certificate',
        Buffer.from(bytes.buffer, bytes.byteOffset + at + 3, length).toString('hex'),
      );
    at += 3 + length;
  }
}

/** Certificate ::= { { [0] version, serial, algorithm, issuer, validity { from, until }, .. }, .. } (RFC 5280). */
function tellValidity(heard: Heard, bytes: Uint8Array, start: number, end: number): void {
  const certificate = elementAt(bytes, start, end);
  const body = certificate === null ? null : elementAt(bytes, certificate.start, certificate.end);
  if (body?.tag !== SEQUENCE) return;
  const parts = elementsIn(bytes, body.start, body.end).filter(({ tag }) => tag !== 0xa0);
  const validity = parts[3];
  if (validity?.tag !== SEQUENCE) return;
  for (const time of elementsIn(bytes, validity.start, validity.end).slice(0, 2)) {
    const text = utcTime(bytes, time);
    if (text !== null) hear(heard, 'x509af.utcTime', text);
  }
}
