import { ascii, concat, octets, words } from '../packets/bytes.ts';
import type { Random } from '../random.ts';

const handshakeRecord = 22;
const tls12 = 0x0303;
const tls13 = 0x0304;

/** A TLS 1.3 ClientHello that names the server in the clear. */
export function clientHello(serverName: string, random: Random): Uint8Array {
  const name = ascii(serverName);
  const extensions = concat(
    extension(0, concat(words(name.length + 3), octets(0), words(name.length), name)),
    extension(10, words(2, 29)),
    extension(13, words(4, 0x0403, 0x0804)),
    extension(16, concat(words(9), octets(8), ascii('http/1.1'))),
    extension(43, concat(octets(2), words(tls13))),
    extension(51, concat(words(36, 29, 32), random.bytes(32))),
  );
  const body = concat(
    words(tls12),
    random.bytes(32),
    octets(32),
    random.bytes(32),
    words(4, 0x1301, 0x1302),
    octets(1, 0),
    words(extensions.length),
    extensions,
  );
  return record(handshakeRecord, handshake(1, body), 0x0301);
}

/** The server's answer up to the point from which all is encrypted. */
export function serverFlight(random: Random): Uint8Array {
  const extensions = concat(
    extension(43, words(tls13)),
    extension(51, concat(words(29, 32), random.bytes(32))),
  );
  const body = concat(
    words(tls12),
    random.bytes(32),
    octets(32),
    random.bytes(32),
    words(0x1301),
    octets(0),
    words(extensions.length),
    extensions,
  );
  return concat(
    record(handshakeRecord, handshake(2, body)),
    changeCipherSpec(),
    applicationData(random, 2300),
  );
}

/** The client's last step of the handshake. */
export function clientFinish(random: Random): Uint8Array {
  return concat(changeCipherSpec(), applicationData(random, 69));
}

/** A record of ciphertext of that many bytes. */
export function applicationData(random: Random, length: number): Uint8Array {
  return record(23, random.bytes(length));
}

function changeCipherSpec(): Uint8Array {
  return record(20, octets(1));
}

function extension(type: number, body: Uint8Array): Uint8Array {
  return concat(words(type, body.length), body);
}

function handshake(type: number, body: Uint8Array): Uint8Array {
  return concat(octets(type, body.length >>> 16), words(body.length & 0xffff), body);
}

function record(type: number, body: Uint8Array, version = tls12): Uint8Array {
  return concat(octets(type), words(version, body.length), body);
}
