import { u32, u8 } from '../bytes.ts';

/** What decrypting QUIC's first packets takes; the keys are public (RFC 9001, section 5.2), so nothing is secret here. */
export interface PacketCrypto {
  hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array;
  /** One block of 16 bytes. */
  aes128(key: Uint8Array, block: Uint8Array): Uint8Array;
  /** What AES-128-GCM has sealed, its tag of 16 bytes last; null where the tag is wrong. */
  openAes128Gcm(
    key: Uint8Array,
    nonce: Uint8Array,
    associated: Uint8Array,
    sealed: Uint8Array,
  ): Uint8Array | null;
}

/** Keys of one direction. */
export interface InitialKeys {
  key: Uint8Array;
  iv: Uint8Array;
  header: Uint8Array;
}

/** A packet with a long header (RFC 8999, RFC 9000, section 17.2): where its parts stand in the datagram. */
export interface LongPacket {
  version: number;
  kind: 'initial' | 'retry' | 'other';
  start: number;
  /** Connection identifier of whom it is for. */
  targetAt: number;
  targetLength: number;
  numberAt: number;
  end: number;
}

interface Version {
  salt: Uint8Array;
  labels: [key: string, iv: string, header: string];
  initial: number;
  retry: number;
}

const fromHex = (hex: string): Uint8Array =>
  Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));

const V1_LABELS: Version['labels'] = ['quic key', 'quic iv', 'quic hp'];
const DRAFT_29 = {
  salt: fromHex('afbfec289993d24c9e9786f19c6111e04390a899'),
  labels: V1_LABELS,
  initial: 0,
  retry: 3,
};

/** RFC 9001, RFC 9369, and the drafts that were in wide use. */
const VERSIONS = new Map<number, Version>([
  [
    0x00000001,
    { salt: fromHex('38762cf7f55934b34d179ae6a4c80cadccbb7f0a'), labels: V1_LABELS, initial: 0, retry: 3 },
  ],
  [
    0x6b3343cf,
    {
      salt: fromHex('0dede3def700a6db819381be6e269dcbf9bd2ed9'),
      labels: ['quicv2 key', 'quicv2 iv', 'quicv2 hp'],
      initial: 1,
      retry: 0,
    },
  ],
  [0xff00001d, DRAFT_29],
  [0xff00001e, DRAFT_29],
  [0xff00001f, DRAFT_29],
  [0xff000020, DRAFT_29],
]);

const LONG_AND_FIXED = 0xc0;
const LONGEST_IDENTIFIER = 20;
const TAG = 16;
const SAMPLE = 16;

/** Whether a packet with a long header of a version that can be decrypted begins here. */
export const isQuicLong = (bytes: Uint8Array, start: number, end: number): boolean =>
  end - start >= 7 &&
  (u8(bytes, start) & LONG_AND_FIXED) === LONG_AND_FIXED &&
  VERSIONS.has(u32(bytes, start + 1));

/** The packet at `start`; null where none of a known version stands there whole. */
export function readLong(bytes: Uint8Array, start: number, end: number): LongPacket | null {
  if (!isQuicLong(bytes, start, end)) return null;
  const version = u32(bytes, start + 1);
  const { initial, retry } = VERSIONS.get(version) ?? DRAFT_29;
  const type = (u8(bytes, start) >> 4) & 3;
  const kind = type === initial ? 'initial' : type === retry ? 'retry' : 'other';
  const targetAt = start + 6;
  const targetLength = u8(bytes, start + 5);
  const sourceLength = u8(bytes, targetAt + targetLength);
  if (targetLength > LONGEST_IDENTIFIER || sourceLength > LONGEST_IDENTIFIER) return null;
  let at = targetAt + targetLength + 1 + sourceLength;
  const packet = { version, kind, start, targetAt, targetLength, numberAt: end, end } as const;
  if (kind === 'retry') return packet;
  if (kind === 'initial') {
    const token = readVarint(bytes, at, end);
    if (token === null) return null;
    at = token.end + token.value;
  }
  const length = readVarint(bytes, at, end);
  if (length === null || length.value > end - length.end) return null;
  return { ...packet, numberAt: length.end, end: length.end + length.value };
}

/** A number of 1, 2, 4 or 8 bytes (RFC 9000, section 16); null where it does not fit. */
export function readVarint(
  bytes: Uint8Array,
  at: number,
  end: number,
): { value: number; end: number } | null {
  const length = 1 << (u8(bytes, at) >> 6);
  if (at >= end || end - at < length) return null;
  let value = u8(bytes, at) & 0x3f;
  for (let index = 1; index < length; index += 1) value = value * 256 + u8(bytes, at + index);
  return { value, end: at + length };
}

/** Keys of client and server, from the identifier to which the client's first packet was sent. */
export function deriveKeys(
  crypto: PacketCrypto,
  version: number,
  identifier: Uint8Array,
): { client: InitialKeys; server: InitialKeys } {
  const { salt, labels } = VERSIONS.get(version) ?? DRAFT_29;
  const secret = crypto.hmacSha256(salt, identifier);
  const keysOf = (role: string): InitialKeys => {
    const own = expand(crypto, secret, role, 32);
    return {
      key: expand(crypto, own, labels[0], 16),
      iv: expand(crypto, own, labels[1], 12),
      header: expand(crypto, own, labels[2], 16),
    };
  };
  return { client: keysOf('client in'), server: keysOf('server in') };
}

/** HKDF-Expand-Label of TLS 1.3 (RFC 8446, section 7.1), of at most 32 bytes: one round is enough. */
function expand(crypto: PacketCrypto, secret: Uint8Array, label: string, length: number): Uint8Array {
  const name = `tls13 ${label}`;
  const info = new Uint8Array(name.length + 5);
  info[1] = length;
  info[2] = name.length;
  for (let index = 0; index < name.length; index += 1) info[3 + index] = name.charCodeAt(index);
  info[info.length - 1] = 1;
  return crypto.hmacSha256(secret, info).slice(0, length);
}

/** The frames of an Initial packet; null where the keys do not fit (RFC 9001, sections 5.3 and 5.4). */
export function openInitial(
  crypto: PacketCrypto,
  keys: InitialKeys,
  bytes: Uint8Array,
  { start, numberAt, end }: LongPacket,
): Uint8Array | null {
  if (end - numberAt < 4 + SAMPLE) return null;
  const mask = crypto.aes128(keys.header, bytes.subarray(numberAt + 4, numberAt + 4 + SAMPLE));
  const first = u8(bytes, start) ^ (u8(mask, 0) & 0x0f);
  const size = (first & 3) + 1;
  if (end - numberAt < size + TAG) return null;
  const header = bytes.slice(start, numberAt + size);
  header[0] = first;
  const nonce = keys.iv.slice();
  for (let index = 0; index < size; index += 1) {
    const byte = u8(bytes, numberAt + index) ^ u8(mask, 1 + index);
    header[header.length - size + index] = byte;
    const place = nonce.length - size + index;
    nonce[place] = u8(nonce, place) ^ byte;
  }
  return crypto.openAes128Gcm(keys.key, nonce, header, bytes.subarray(numberAt + size, end));
}
