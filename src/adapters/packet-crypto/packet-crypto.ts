import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';

const TAG = 16;

/** What the packet reader needs to decrypt QUIC's first packets, by OpenSSL. */
export const packetCrypto = {
  hmacSha256: (key: Uint8Array, data: Uint8Array): Uint8Array =>
    createHmac('sha256', key).update(data).digest(),
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
