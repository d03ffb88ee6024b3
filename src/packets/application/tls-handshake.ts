import { latin1, u16, u24, u8 } from '../bytes.ts';
import { elementAt, elementsIn, SEQUENCE, utcTime } from './der.ts';
import { hear, hex16, type Heard } from './heard.ts';

const CLIENT_HELLO = 1;
const SERVER_HELLO = 2;
const CERTIFICATE = 11;
const SERVER_NAME = 0;
const SUPPORTED_VERSIONS = 43;
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
    at += 2 + u16(bytes, at);
    at += 1 + u8(bytes, at);
  } else {
    at += 3;
  }
  const last = Math.min(at + 2 + u16(bytes, at), end);
  for (at += 2; at + 4 <= last;) {
    const length = u16(bytes, at + 2);
    if (u16(bytes, at) === SERVER_NAME && type === CLIENT_HELLO)
      tellServerName(heard, bytes, at + 4, Math.min(at + 4 + length, last));
    if (u16(bytes, at) === SUPPORTED_VERSIONS)
      tellVersions(heard, type, bytes, at + 4, Math.min(at + 4 + length, last));
    at += 4 + length;
  }
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
