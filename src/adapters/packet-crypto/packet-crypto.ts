import { createCipheriv, createDecipheriv, hash } from 'node:crypto';

const TAG = 16;
/** Bytes of a block of SHA-256, and what HMAC mixes with the key (RFC 2104). */
const BLOCK = 64;
const INNER = 0x36;
const OUTER = 0x5c;

/** What the packet reader needs to decrypt QUIC's first packets, by OpenSSL. */
export const packetCrypto = {
  hmacSha256: (key: Uint8Array, data: Uint8Array): Uint8Array => {
    const short = key.length > BLOCK ? hash('sha256', key, 'buffer') : key;
    return keyed(short, OUTER, keyed(short, INNER, data));
  },
  aes128: (key: Uint8Array, block: Uint8Array): Uint8Array =>
    createCipheriv('aes-128-ecb', key, null).update(block),
  openAes128Gcm: (
    key: Uint8Array,
    nonce: Uint8Array,
    associated: Uint8Array,
    sealed: Uint8Array,
  ): Uint8Array | null => {
    const decipher = createDecipheriv('aes-128-gcm', key, nonce).setAAD(associated);
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG));
    try {
      return Buffer.concat([decipher.update(sealed.subarray(0, sealed.length - TAG)), decipher.final()]);
    } catch {
      return null;
    }
  },
};

/** One of the two rounds of HMAC: two hashes at once take a third of the time that an object for one HMAC takes to make. */
function keyed(key: Uint8Array, mask: number, data: Uint8Array): Uint8Array {
  const message = new Uint8Array(BLOCK + data.length).fill(mask, 0, BLOCK);
  for (let at = 0; at < key.length; at += 1) message[at] = (key[at] ?? 0) ^ mask;
  message.set(data, BLOCK);
  return hash('sha256', message, 'buffer');
}
