import { ascii, concat, octets, words } from '../../../src/local-azure/traffic/packets/bytes.ts';

export const TLS10 = 0x0301;
export const TLS12 = 0x0303;
export const TLS13 = 0x0304;
export type TlsVersion = typeof TLS10 | typeof TLS12 | typeof TLS13;
export const ALERT = {
  handshakeFailure: 40,
  certificateExpired: 45,
  unknownAuthority: 48,
  protocolVersion: 70,
};

/** A ClientHello that offers everything up to the version, names the server and asks for these protocols. */
export function clientHello(
  version: TlsVersion,
  { random, name, protocols }: { random: Uint8Array; name: string; protocols: readonly string[] },
): Uint8Array {
  const host = ascii(name);
  const alpn = concat(...protocols.map((protocol) => concat(octets(protocol.length), ascii(protocol))));
  const versions = version === TLS13 ? [TLS13, TLS12] : [TLS12];
  const extensions = concat(
    extension(0, concat(words(host.length + 3), octets(0), words(host.length), host)),
    extension(10, words(6, 29, 23, 24)),
    extension(11, octets(1, 0)),
    ...(version === TLS10 ? [] : [extension(13, words(8, 0x0403, 0x0804, 0x0401, 0x0807))]),
    extension(16, concat(words(alpn.length), alpn)),
    ...(version === TLS10 ? [] : [extension(43, concat(octets(versions.length * 2), words(...versions)))]),
    ...(version === TLS13 ? [extension(51, concat(words(36, 29, 32), random.subarray(0, 32)))] : []),
  );
  const ciphers = version === TLS10 ? OLD_CIPHERS : CIPHERS;
  const body = concat(
    words(version === TLS10 ? TLS10 : TLS12),
    random.subarray(32, 64),
    octets(32),
    random.subarray(64, 96),
    words(ciphers.length * 2, ...ciphers),
    octets(1, 0),
    words(extensions.length),
    extensions,
  );
  return record(22, TLS10, handshake(1, body));
}

const CIPHERS = [0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8] as const;
const OLD_CIPHERS = [0xc013, 0xc014, 0x002f, 0x0035, 0x000a] as const;

/** The ServerHello: in TLS 1.3 the version stands in an extension. */
export function serverHello(version: TlsVersion, random: Uint8Array): Uint8Array {
  const extensions =
    version === TLS13
      ? concat(extension(43, words(TLS13)), extension(51, concat(words(29, 32), random.subarray(0, 32))))
      : concat(extension(0xff01, octets(0)), extension(11, octets(1, 0)));
  const cipher = version === TLS13 ? 0x1301 : version === TLS12 ? 0xc02f : 0xc013;
  const body = concat(
    words(version === TLS10 ? TLS10 : TLS12),
    random.subarray(32, 64),
    octets(32),
    random.subarray(64, 96),
    words(cipher),
    octets(0),
    words(extensions.length),
    extensions,
  );
  return handshake(2, body);
}

export function certificates(chain: readonly Uint8Array[]): Uint8Array {
  const list = concat(...chain.map((der) => concat(length24(der.length), der)));
  return handshake(11, concat(length24(list.length), list));
}

export const serverHelloDone = (): Uint8Array => handshake(14, new Uint8Array(0));
export const clientKeyExchange = (random: Uint8Array): Uint8Array =>
  handshake(16, concat(octets(32), random.subarray(0, 32)));

export const handshakeRecord = (version: TlsVersion, messages: Uint8Array): Uint8Array =>
  record(22, version === TLS10 ? TLS10 : TLS12, messages);
export const changeCipherSpec = (version: TlsVersion): Uint8Array =>
  record(20, version === TLS10 ? TLS10 : TLS12, octets(1));
export const alert = (version: TlsVersion, description: number): Uint8Array =>
  record(21, version === TLS10 ? TLS10 : TLS12, octets(2, description));
/** A Finished message, encrypted, as TLS up to 1.2 sends it. */
export const finished = (version: TlsVersion, ciphertext: Uint8Array): Uint8Array =>
  record(22, version === TLS10 ? TLS10 : TLS12, ciphertext);
/** The alert that closes a connection, encrypted; in TLS 1.3 it looks like any application data. */
export const closeNotify = (version: TlsVersion, ciphertext: Uint8Array): Uint8Array =>
  record(version === TLS13 ? 23 : 21, version === TLS10 ? TLS10 : TLS12, ciphertext);
export const applicationData = (version: TlsVersion, ciphertext: Uint8Array): Uint8Array =>
  record(23, version === TLS10 ? TLS10 : TLS12, ciphertext);

function record(type: number, version: number, body: Uint8Array): Uint8Array {
  return concat(octets(type), words(version, body.length), body);
}

function handshake(type: number, body: Uint8Array): Uint8Array {
  return concat(octets(type), length24(body.length), body);
}

const length24 = (length: number): Uint8Array => octets(length >>> 16, length >>> 8, length);

function extension(type: number, body: Uint8Array): Uint8Array {
  return concat(words(type, body.length), body);
}
