import { put16, put32, createShape, send, TCP, type Shape } from './shape.ts';
import { words } from '../../src/local-azure/traffic/packets/bytes.ts';
import type { Play } from './schedule.ts';
import type { Stage } from './stage.ts';
import { takePort, type Host } from './world.ts';

export const FIN = 0x01;
export const SYN = 0x02;
export const RST = 0x04;
export const PSH = 0x08;
export const ACK = 0x10;
export const MAX_SEGMENT = 1448;
/** With the scale of 7 that all of them offer: 512 KiB, which no burst here fills. */
const WINDOW = 4096;
const HEADER = 32;
const NOTHING = new Uint8Array(0);

export type SideName = 'client' | 'server';

/** One end of a connection. */
export interface Side {
  readonly shape: Shape;
  readonly roundTrip: number;
  readonly firstStamp: number;
  /** The sequence number of the next byte. */
  next: number;
  /** What its last packet acknowledged. */
  acknowledged: number;
  window: number;
  lastStamp: number;
}

export interface TcpEnds {
  client: Host;
  server: Host;
  port: number;
  isV6: boolean;
  clientPort?: number;
}

/** A TCP connection. Plays wait before each packet; `segment` and `sendAgain` write one now. */
export interface Connection {
  readonly client: Side;
  readonly server: Side;
  open(): Play;
  /** A message in as many segments as it needs; whoever spoke last needs no round trip before it. */
  say(from: SideName, message: Uint8Array, thinking?: number): Play;
  /** A packet without data, unless the last one of this side acknowledged everything already. */
  acknowledge(from: SideName): Play;
  close(by: SideName): Play;
  reset(by: SideName): Play;
  segment(from: SideName, flags: number, payload?: Uint8Array, start?: number, length?: number): void;
  sendAgain(from: SideName, sequence: number, payload: Uint8Array): void;
}

export const otherSide = (side: SideName): SideName => (side === 'client' ? 'server' : 'client');

export function openTcp(stage: Stage, ends: TcpEnds): Connection {
  const { random, truth } = stage;
  const sides = createSides(stage, ends);
  truth.tcpConversations += 1;
  const segment: Connection['segment'] = (
    from,
    flags,
    payload = NOTHING,
    start = 0,
    length = payload.length,
  ) => {
    const side = sides[from];
    side.acknowledged = (flags & ACK) === 0 ? 0 : sides[otherSide(from)].next;
    write(stage, sides, from, { flags, sequence: side.next, payload, start, length });
    side.next = (side.next + length + ((flags & (SYN | FIN)) === 0 ? 0 : 1)) >>> 0;
  };
  return {
    ...sides,
    segment,
    sendAgain(from, sequence, payload) {
      const { length } = payload;
      write(stage, sides, from, { flags: ACK | PSH, sequence, payload, start: 0, length });
    },
    ...createTalk(random, sides, segment),
  };
}

/** What connections usually do, packet by packet. */
function createTalk(
  random: Stage['random'],
  sides: Record<SideName, Side>,
  segment: Connection['segment'],
): Pick<Connection, 'open' | 'say' | 'acknowledge' | 'close' | 'reset'> {
  let speaker: SideName = 'client';
  return {
    *open() {
      yield 0;
      segment('client', SYN);
      yield sides.server.roundTrip;
      segment('server', SYN | ACK);
      yield sides.client.roundTrip;
      segment('client', ACK);
    },
    *say(from, message, thinking = 0) {
      yield (from === speaker ? 60 + random.integer(400) : sides[from].roundTrip) + thinking;
      speaker = from;
      for (let at = 0; at < message.length; at += MAX_SEGMENT) {
        if (at > 0) yield 12 + random.integer(40);
        const length = Math.min(MAX_SEGMENT, message.length - at);
        segment(from, at + length === message.length ? ACK | PSH : ACK, message, at, length);
      }
    },
    *acknowledge(from) {
      if (sides[from].acknowledged === sides[otherSide(from)].next) return;
      yield sides[from].roundTrip;
      segment(from, ACK);
    },
    *close(by) {
      yield 100 + random.integer(900);
      segment(by, FIN | ACK);
      yield sides[otherSide(by)].roundTrip;
      segment(otherSide(by), FIN | ACK);
      yield sides[by].roundTrip;
      segment(by, ACK);
    },
    *reset(by) {
      yield 100 + random.integer(900);
      segment(by, RST | ACK);
    },
  };
}

interface Writing {
  flags: number;
  sequence: number;
  payload: Uint8Array;
  start: number;
  length: number;
}

function write(
  { wire, truth }: Stage,
  sides: Record<SideName, Side>,
  from: SideName,
  { flags, sequence, payload, start, length }: Writing,
): void {
  const side = sides[from];
  const shape = (flags & SYN) === 0 ? side.shape : withSynOptions(side.shape);
  const { bytes, messageAt } = shape;
  side.lastStamp = (side.firstStamp + Math.floor(wire.now / 1000)) >>> 0;
  put32(bytes, messageAt + 4, sequence);
  put32(bytes, messageAt + 8, side.acknowledged);
  bytes[messageAt + 13] = flags;
  put16(bytes, messageAt + 14, (flags & SYN) === 0 ? side.window : 64_240);
  const stampAt = messageAt + ((flags & SYN) === 0 ? 24 : 28);
  put32(bytes, stampAt, side.lastStamp);
  put32(bytes, stampAt + 4, (flags & ACK) === 0 ? 0 : sides[otherSide(from)].lastStamp);
  send(wire, shape, payload, start, length);
  if ((flags & SYN) !== 0) truth[(flags & ACK) === 0 ? 'syn' : 'synAck'] += 1;
  if ((flags & FIN) !== 0) truth.fin += 1;
  if ((flags & RST) !== 0) truth.rst += 1;
}

function createSides({ random }: Stage, ends: TcpEnds): Record<SideName, Side> {
  const { client, server, port, isV6, clientPort = takePort(client) } = ends;
  const side = (source: Host, target: Host, from: number, to: number): Side => ({
    shape: createShape({ source, target, isV6, protocol: TCP, message: header(from, to), checksumAt: 16 }),
    roundTrip: source.roundTrip,
    firstStamp: random.integer(2 ** 32),
    next: random.integer(2 ** 32),
    acknowledged: 0,
    window: WINDOW,
    lastStamp: 0,
  });
  return { client: side(client, server, clientPort, port), server: side(server, client, port, clientPort) };
}

/** A header with the timestamps option (RFC 7323). */
function header(from: number, to: number): Uint8Array {
  const bytes = new Uint8Array(HEADER);
  bytes.set(words(from, to));
  bytes[12] = (HEADER / 4) << 4;
  bytes.set([1, 1, 8, 10], 20);
  return bytes;
}

/** The same way with the options that stand in a SYN: segment size, SACK permitted, timestamps, window scale. */
function withSynOptions(shape: Shape): Shape {
  const bytes = new Uint8Array(shape.bytes.length + 8);
  bytes.set(shape.bytes);
  const at = shape.messageAt;
  bytes[at + 12] = ((HEADER + 8) / 4) << 4;
  bytes.set([2, 4, 0x05, 0xb4, 4, 2, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0, 1, 3, 3, 7], at + 20);
  return { ...shape, bytes };
}
