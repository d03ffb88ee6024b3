import { createCipheriv } from 'node:crypto';
import { packetCrypto } from '../../src/adapters/packet-crypto/packet-crypto.ts';
import { deriveKeys } from '../../src/packets/application/quic-initial.ts';
import { hex, u16 } from './build.ts';

const withLength = (bytes: number, body: Buffer): Buffer => {
  const length = Buffer.alloc(bytes);
  length.writeUIntBE(body.length, 0, bytes);
  return Buffer.concat([length, body]);
};
const extension = (type: number, body: Buffer): Buffer => Buffer.concat([u16(type), withLength(2, body)]);

/** A ClientHello with random numbers among its lists (RFC 8701), a name, protocols, groups and signature algorithms. */
export function clientHello(name: string, protocol: string, filler = 0): Buffer {
  const extensions = Buffer.concat([
    extension(0x2a2a, Buffer.alloc(0)),
    extension(0, withLength(2, Buffer.concat([hex('00'), withLength(2, Buffer.from(name))]))),
    extension(10, hex('0006 3a3a 001d 0017')),
    extension(11, hex('01 00')),
    extension(13, hex('0006 0403 0804 0401')),
    extension(16, withLength(2, withLength(1, Buffer.from(protocol)))),
    extension(43, hex('06 4a4a 0304 0303')),
    extension(21, Buffer.alloc(filler)),
  ]);
  const body = Buffer.concat([
    hex('0303'),
    Buffer.alloc(32, 0x11),
    hex('00 0006 1a1a 1301 c02f 01 00'),
    withLength(2, extensions),
  ]);
  return Buffer.concat([hex('01'), withLength(3, body)]);
}

/** A ServerHello that chooses TLS 1.3. */
export function serverHello(): Buffer {
  const body = Buffer.concat([
    hex('0303'),
    Buffer.alloc(32, 0x22),
    hex('00 1301 00'),
    withLength(2, extension(43, hex('0304'))),
  ]);
  return Buffer.concat([hex('02'), withLength(3, body)]);
}

/** A handshake message in TLS records of at most `size` bytes. */
export function inRecords(message: Buffer, size: number): Buffer {
  const records: Buffer[] = [];
  for (let at = 0; at < message.length; at += size)
    records.push(Buffer.concat([hex('16 0301'), withLength(2, message.subarray(at, at + size))]));
  return Buffer.concat(records);
}

/** A CRYPTO frame of QUIC. */
export const cryptoFrame = (offset: number, bytes: Buffer): Buffer =>
  Buffer.concat([hex('06'), u16(offset | 0x4000), u16(bytes.length | 0x4000), bytes]);

export interface Initial {
  version: number;
  from: 'client' | 'server';
  /** The identifier to which the client's first packet went; keys come from it. */
  identifier: Buffer;
  number: number;
  frames: Buffer;
}

/** A sealed Initial packet of QUIC, filled up to the 1,200 bytes that RFC 9000 wants. */
export function sealInitial({ version, from, identifier, number, frames }: Initial): Buffer {
  const { [from]: keys } = deriveKeys(packetCrypto, version, identifier);
  const own = hex('c1c2c3c4');
  const [target, source] = from === 'client' ? [identifier, own] : [own, identifier];
  const padded = Buffer.concat([frames, Buffer.alloc(Math.max(1140 - frames.length, 0))]);
  const type = version === 0x6b3343cf ? 0xd0 : 0xc0;
  const versionBytes = Buffer.alloc(4);
  versionBytes.writeUInt32BE(version);
  const header = Buffer.concat([
    Buffer.from([type | 1]),
    versionBytes,
    withLength(1, target),
    withLength(1, source),
    hex('00'),
    u16((2 + padded.length + 16) | 0x4000),
    u16(number),
  ]);
  const nonce = Buffer.from(keys.iv);
  nonce.writeUInt16BE(nonce.readUInt16BE(10) ^ number, 10);
  const cipher = createCipheriv('aes-128-gcm', keys.key, nonce).setAAD(header);
  const sealed = Buffer.concat([cipher.update(padded), cipher.final(), cipher.getAuthTag()]);
  const mask = packetCrypto.aes128(keys.header, sealed.subarray(2, 18));
  const packet = Buffer.concat([header, sealed]);
  packet[0] = (packet[0] ?? 0) ^ ((mask[0] ?? 0) & 0x0f);
  for (const index of [0, 1]) {
    const at = header.length - 2 + index;
    packet[at] = (packet[at] ?? 0) ^ (mask[1 + index] ?? 0);
  }
  return packet;
}
