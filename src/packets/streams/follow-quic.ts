import { newHeard, hearLayer, type Heard } from '../application/heard.ts';
import {
  deriveKeys,
  openInitial,
  readLong,
  readVarint,
  type InitialKeys,
  type LongPacket,
  type PacketCrypto,
} from '../application/quic-initial.ts';
import { tellHandshake } from '../application/tls-handshake.ts';
import { u24, u8 } from '../bytes.ts';
import type { Frame } from '../frame.ts';
import { layer } from '../layers.ts';

/** Follows the handshakes of QUIC connections as far as everybody can read them: both hellos. */
export interface QuicFollower {
  /** What the handshake messages that end in this datagram say; null where there is nothing. The answer is reused. */
  hear(frame: Frame, flow: number, direction: number): Heard | null;
}

interface Connection {
  /** Direction of the client's packets. */
  client: number;
  identifier: Uint8Array;
  keys: { client: InitialKeys; server: InitialKeys } | null;
  /** Handshake bytes of client and server. */
  streams: [CryptoStream, CryptoStream];
}

interface CryptoStream {
  pieces: { offset: number; bytes: Uint8Array }[];
  held: number;
  /** The hello was told, or never will be. */
  isOver: boolean;
}

const TLS = layer('tls');
const MOST_CONNECTIONS = 1024;
/** Deriving keys takes some 50 µs; a flood of first packets must not take longer than the rest of the reading. */
const MOST_DERIVATIONS = 20_000;
const MOST_PACKETS = 8;
const LONGEST_HELLO = 16_384;
const MOST_PIECES = 64;
/** Pieces may overlap where they were sent again. */
const MOST_HELD = 2 * LONGEST_HELLO;
const PADDING = 0x00;
const PING = 0x01;
const ACK = 0x02;
const ACK_WITH_MARKS = 0x03;
const CRYPTO = 0x06;

const newStream = (): CryptoStream => ({ pieces: [], held: 0, isOver: false });

/** At most 1,024 connections of 64 KiB and 20,000 key derivations; what is beyond stays encrypted. */
export function createQuicFollower(crypto: PacketCrypto): QuicFollower {
  const connections = new Map<number, Connection>();
  const heard = newHeard();
  let derivations = 0;

  const begin = (flow: number, client: number, identifier: Uint8Array): Connection => {
    const oldest = connections.keys().next();
    if (connections.size >= MOST_CONNECTIONS && oldest.done !== true) connections.delete(oldest.value);
    const connection: Connection = { client, identifier, keys: null, streams: [newStream(), newStream()] };
    connections.set(flow, connection);
    return connection;
  };
  const open = (
    connection: Connection,
    direction: number,
    bytes: Uint8Array,
    packet: LongPacket,
  ): Uint8Array | null => {
    if (connection.keys === null) {
      if (derivations >= MOST_DERIVATIONS) return null;
      derivations += 1;
      connection.keys = deriveKeys(crypto, packet.version, connection.identifier);
    }
    const keys = direction === connection.client ? connection.keys.client : connection.keys.server;
    return openInitial(crypto, keys, bytes, packet);
  };
  const takeInitial = (flow: number, direction: number, bytes: Uint8Array, packet: LongPacket): void => {
    const identifier = bytes.slice(packet.targetAt, packet.targetAt + packet.targetLength);
    let connection = connections.get(flow) ?? begin(flow, direction, identifier);
    if (connection.streams[direction === connection.client ? 0 : 1].isOver) return;
    let frames = open(connection, direction, bytes, packet);
    // After a Retry the client begins again with another identifier, and another connection can use the same ports.
    const isOther = direction === connection.client && !isEqual(identifier, connection.identifier);
    if (frames === null && isOther) {
      connection = begin(flow, direction, identifier);
      frames = open(connection, direction, bytes, packet);
    }
    if (frames !== null)
      takeFrames(connection.streams[direction === connection.client ? 0 : 1], frames, heard);
  };

  return {
    hear(frame, flow, direction) {
      if (flow < 0 || frame.applicationAt < 0) return null;
      heard.layers.length = 0;
      heard.values.length = 0;
      heard.isNews = false;
      let at = frame.applicationAt;
      // Several packets can share a datagram (RFC 9000, section 12.2).
      for (let count = 0; count < MOST_PACKETS; count += 1) {
        const packet = readLong(frame.bytes, at, frame.end);
        if (packet === null || packet.kind === 'retry') break;
        if (packet.kind === 'initial') takeInitial(flow, direction, frame.bytes, packet);
        at = packet.end;
      }
      return heard.layers.length === 0 ? null : heard;
    },
  };
}

const isEqual = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && one.every((byte, index) => byte === other[index]);

/** Reads the frames that an Initial packet may carry (RFC 9000, section 12.4); others end the reading. */
function takeFrames(stream: CryptoStream, bytes: Uint8Array, heard: Heard): void {
  let at = 0;
  while (at < bytes.length) {
    const type = u8(bytes, at);
    at += 1;
    if (type === PADDING || type === PING) continue;
    if (type === ACK || type === ACK_WITH_MARKS) {
      at = behindAck(bytes, at, type);
      if (at < 0) break;
      continue;
    }
    const offset = type === CRYPTO ? readVarint(bytes, at, bytes.length) : null;
    const length = offset === null ? null : readVarint(bytes, offset.end, bytes.length);
    if (offset === null || length === null || length.value > bytes.length - length.end) break;
    at = length.end + length.value;
    if (offset.value + length.value > LONGEST_HELLO) break;
    stream.held += length.value;
    if (stream.held > MOST_HELD || stream.pieces.length >= MOST_PIECES) break;
    stream.pieces.push({ offset: offset.value, bytes: bytes.slice(length.end, at) });
  }
  tellMessages(stream, heard);
}

/** Where the frame ends: largest, delay, count, first range, then two numbers per range, and three counts of marks. */
function behindAck(bytes: Uint8Array, start: number, type: number): number {
  let at = start;
  let left = 4;
  for (let index = 0; index < left; index += 1) {
    const number = readVarint(bytes, at, bytes.length);
    if (number === null) return -1;
    if (index === 2) left += Math.min(number.value, bytes.length) * 2 + (type === ACK_WITH_MARKS ? 3 : 0);
    at = number.end;
  }
  return at;
}

/** Tells the first message once it is whole: the hello is all that Initial packets carry. */
function tellMessages(stream: CryptoStream, heard: Heard): void {
  const whole = contiguous(stream);
  if (whole.length < 4) return;
  const length = u24(whole, 1);
  if (length > LONGEST_HELLO) stream.isOver = true;
  else if (whole.length - 4 >= length) {
    hearLayer(heard, TLS);
    tellHandshake(heard, u8(whole, 0), whole, 4, 4 + length);
    stream.isOver = true;
  }
  if (stream.isOver) stream.pieces.length = 0;
}

function contiguous({ pieces }: CryptoStream): Uint8Array {
  const sorted = pieces.toSorted((one, other) => one.offset - other.offset);
  const bytes = new Uint8Array(LONGEST_HELLO);
  let reached = 0;
  for (const piece of sorted) {
    if (piece.offset > reached) break;
    bytes.set(piece.bytes, piece.offset);
    reached = Math.max(reached, piece.offset + piece.bytes.length);
  }
  return bytes.subarray(0, reached);
}
