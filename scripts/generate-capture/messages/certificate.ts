import { createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto';
import { ascii, concat, octets } from '../../../src/local-azure/traffic/packets/bytes.ts';

export interface CertificateWishes {
  /** The name it is made out to, and more of them. */
  names: readonly [string, ...string[]];
  issuer: string;
  /** As UTCTime writes them: YYMMDDhhmmssZ. */
  from: string;
  until: string;
  serial: number;
}

/** A certificate (X.509 v3, DER) that an Ed25519 key of this seed has signed; the same wishes give the same bytes. */
export function signCertificate(seed: Uint8Array, wishes: CertificateWishes): Uint8Array {
  const key = keyOf(seed);
  const { names, issuer, from, until, serial } = wishes;
  const alternatives = sequence(...names.map((name) => element(0x82, ascii(name))));
  const body = sequence(
    element(0xa0, element(0x02, octets(2))),
    element(0x02, octets(1, serial >>> 16, serial >>> 8, serial)),
    ED25519,
    distinguishedName(issuer),
    sequence(element(0x17, ascii(from)), element(0x17, ascii(until))),
    distinguishedName(names[0]),
    new Uint8Array(createPublicKey(key).export({ type: 'spki', format: 'der' })),
    element(0xa3, sequence(sequence(element(0x06, SUBJECT_ALT_NAME), element(0x04, alternatives)))),
  );
  const signature = sign(null, body, key);
  return sequence(body, ED25519, element(0x03, concat(octets(0), signature)));
}

/** PKCS#8 (RFC 8410) around the 32 bytes. */
function keyOf(seed: Uint8Array): KeyObject {
  const key = concat(
    octets(0x30, 0x2e, 2, 1, 0),
    ED25519,
    element(0x04, element(0x04, seed.subarray(0, 32))),
  );
  return createPrivateKey({ key: Buffer.from(key), type: 'pkcs8', format: 'der' });
}

const SUBJECT_ALT_NAME = octets(0x55, 0x1d, 0x11);

function distinguishedName(common: string): Uint8Array {
  const organization = sequence(element(0x06, octets(0x55, 4, 10)), element(0x0c, ascii('Example Works')));
  const name = sequence(element(0x06, octets(0x55, 4, 3)), element(0x0c, ascii(common)));
  return sequence(element(0x31, organization), element(0x31, name));
}

const sequence = (...parts: Uint8Array[]): Uint8Array => element(0x30, concat(...parts));

function element(tag: number, content: Uint8Array): Uint8Array {
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >>> 8, length];
  return concat(octets(tag, ...size), content);
}

const ED25519 = sequence(element(0x06, octets(0x2b, 0x65, 0x70)));
