import { concat } from './packets/bytes.ts';
import type { Endpoint, Packet } from './packets/link.ts';
import { synOptions, tcpFlag, tcpPacket } from './packets/tcp.ts';
import type { World } from './world.ts';

/** Which end speaks. */
type Side = 'client' | 'server';

/** What a script may set on a single segment; the rest follows from the flow. */
interface SegmentWish {
  readonly flags?: number;
  readonly payload?: Uint8Array;
  /** Sends old bytes again, or probes: leaves the flow's own sequence untouched. */
  readonly sequence?: number;
  readonly acknowledgement?: number;
  readonly window?: number;
  readonly options?: Uint8Array;
  /** Seconds since the previous segment; by default what the path and the hosts need. */
  readonly after?: number;
}

/** A TCP connection that a script plays, with sequence numbers and times that fit. */
export interface TcpFlow {
  segment(from: Side, wish?: SegmentWish): Packet;
  open(): Packet[];
  /** Sends the payload in full segments, acknowledged every second one and at the end. */
  send(from: Side, payload: Uint8Array, after?: number): Packet[];
  close(first: Side): void;
  /** The next sequence number of that side. */
  next(side: Side): number;
  /** The time of the last segment, in seconds after the start of the capture. */
  now(): number;
}

/** The payload that a full segment carries. */
export const segmentSize = 1460;

const defaultWindow = 502;

/** Prepares a connection that begins at `at` seconds; nothing is sent yet. */
export function createTcpFlow(
  world: World,
  flow: { client: Endpoint; server: Endpoint; at: number; roundTrip: number },
): TcpFlow {
  const random = world.random.fork(`tcp ${flow.client.port} ${flow.server.host.address} ${flow.server.port}`);
  const next = { client: random.integer(2 ** 31), server: random.integer(2 ** 31) };
  const identification = { client: random.integer(30_000), server: random.integer(30_000) };
  const localSide: Side = isLocal(world, flow.client) ? 'client' : 'server';
  let time = flow.at;
  let previous: Side | undefined;
  let serverKnown = false;

  const pause = (from: Side): number => {
    if (previous === undefined) {
      return 0;
    }
    if (previous === from) {
      return random.between(15e-6, 40e-6);
    }
    return from === localSide ? random.between(40e-6, 120e-6) : flow.roundTrip * random.between(1, 1.05);
  };

  const segment = (from: Side, wish: SegmentWish = {}): Packet => {
    time += wish.after ?? pause(from);
    previous = from;
    serverKnown ||= from === 'server';
    const to: Side = from === 'client' ? 'server' : 'client';
    const flags = wish.flags ?? tcpFlag.ack;
    const packet = tcpPacket({
      source: flow[from],
      destination: flow[to],
      sequence: wish.sequence ?? next[from],
      acknowledgement: wish.acknowledgement ?? (serverKnown ? next[to] : 0),
      flags,
      window: wish.window ?? defaultWindow,
      identification: (identification[from] += 1),
      ...(wish.options && { options: wish.options }),
      ...(wish.payload && { payload: wish.payload }),
    });
    if (wish.sequence === undefined) {
      const phantom = flags & (tcpFlag.syn | tcpFlag.fin) ? 1 : 0;
      next[from] += (wish.payload?.length ?? 0) + phantom;
    }
    return world.timeline.add(time, packet);
  };

  return { segment, next: (side) => next[side], now: () => time, ...movements(segment) };
}

function movements(segment: TcpFlow['segment']): Pick<TcpFlow, 'open' | 'send' | 'close'> {
  const { ack, fin, psh, syn } = tcpFlag;
  return {
    open() {
      const options = synOptions(segmentSize);
      return [
        segment('client', { flags: syn, window: 64_240, options }),
        segment('server', { flags: syn | ack, window: 65_160, options }),
        segment('client'),
      ];
    },
    send(from, payload, after) {
      const to: Side = from === 'client' ? 'server' : 'client';
      const pieces = split(payload);
      return pieces.map((piece, index) => {
        const last = index === pieces.length - 1;
        const wish = { flags: last ? ack | psh : ack, payload: piece };
        const sent = segment(from, index === 0 && after !== undefined ? { ...wish, after } : wish);
        if (last || index % 2 === 1) {
          segment(to);
        }
        return sent;
      });
    },
    close(first) {
      const second: Side = first === 'client' ? 'server' : 'client';
      segment(first, { flags: fin | ack });
      segment(second, { flags: fin | ack });
      segment(first);
    },
  };
}

/** Cuts a payload into full segments; the last may be shorter. */
export function split(payload: Uint8Array): Uint8Array[] {
  const count = Math.ceil(payload.length / segmentSize);
  return Array.from({ length: count }, (_, index) =>
    concat(payload.subarray(index * segmentSize, (index + 1) * segmentSize)),
  );
}

function isLocal(world: World, end: Endpoint): boolean {
  return end.host.address === world.local.address || end.host.address === world.localV6.address;
}
