import { concat, long, octets, words } from '../../../src/local-azure/traffic/packets/bytes.ts';
import { ntpMessage } from '../../../src/local-azure/traffic/messages/ntp.ts';
import type { Play } from '../schedule.ts';
import { createShape, put16, send } from '../shape.ts';
import { MILLISECOND, noiseOf, pick, SECOND, type Stage } from '../stage.ts';
import { openUdp } from '../udp.ts';
import type { Host } from '../world.ts';
import { visit, type Maker } from './play.ts';

const NOTHING = new Uint8Array(0);
const BROADCAST = Array.from({ length: 6 }, () => 0xff);

/** A telephone call's two streams of RTP, 20 ms a packet, without what set the call up. */
export const call: Maker = (stage) => {
  const packets = 250 + stage.random.integer(1_000);
  return { play: playCall(stage, packets), bytes: packets * 2 * 230 };
};

function* playCall(stage: Stage, packets: number): Play {
  const { random } = stage;
  const { client, server } = visit(stage);
  const [clientPort, port] = [16_384 + 2 * random.integer(8_000), 16_384 + 2 * random.integer(8_000)];
  const { ask, answer } = openUdp(stage, { client, server, port, isV6: false, clientPort });
  const sources = [noiseOf(stage, 4), noiseOf(stage, 4)] as const;
  const first = random.integer(30_000);
  for (let n = 0; n < packets; n += 1) {
    yield 10 * MILLISECOND - random.integer(800);
    ask(rtp(stage, first + n, n, sources[0]));
    yield 10 * MILLISECOND + random.integer(800);
    answer(rtp(stage, first + n, n, sources[1]));
  }
}

function rtp(stage: Stage, sequence: number, n: number, source: Uint8Array): Uint8Array {
  return concat(
    octets(0x80, n === 0 ? 0x80 : 0),
    words(sequence & 0xffff),
    long(n * 160),
    source,
    noiseOf(stage, 160),
  );
}

/** A clock is set. */
export const clockSync: Maker = (stage) => ({ play: playClock(stage), bytes: 220 });

function* playClock(stage: Stage): Play {
  const { wire } = stage;
  const { client, server, isV6 } = visit(stage);
  const { ask, answer } = openUdp(stage, { client, server, port: 123, isV6 });
  const now = 1_790_000_000 + wire.now / SECOND;
  ask(ntpMessage('client', { origin: 0, transmit: now }));
  yield server.roundTrip;
  answer(ntpMessage('server', { origin: now, transmit: now + 0.01 }));
}

/** Echo requests and their replies. */
export const ping: Maker = (stage) => {
  const count = 1 + stage.random.integer(8);
  return { play: playPing(stage, count), bytes: count * 2 * 114 };
};

function* playPing(stage: Stage, count: number): Play {
  const { random, wire, truth } = stage;
  const { client, server, isV6 } = visit(stage);
  const id = random.integer(65_536);
  const [request, reply] = isV6 ? [128, 129] : [8, 0];
  const shape = (source: Host, target: Host, type: number) =>
    createShape({
      source,
      target,
      isV6,
      protocol: isV6 ? 58 : 1,
      message: concat(octets(type, 0), words(0, id, 0)),
      checksumAt: 2,
    });
  const ask = shape(client, server, request);
  const answer = shape(server, client, reply);
  for (let n = 1; n <= count; n += 1) {
    const data = noiseOf(stage, 56);
    put16(ask.bytes, ask.messageAt + 6, n);
    put16(answer.bytes, answer.messageAt + 6, n);
    yield n === 1 ? 0 : SECOND;
    send(wire, ask, data);
    yield server.roundTrip;
    send(wire, answer, data);
    truth.pings += 2;
  }
}

/** Someone asks who has an address, and is told. */
export const neighbours: Maker = (stage) => ({ play: playNeighbours(stage), bytes: 120 });

function* playNeighbours(stage: Stage): Play {
  const { random, world } = stage;
  const asking = pick(random, world.clients);
  const asked = pick(random, world.neighbours);
  writeArp(stage, 1, asking, { ...asked, mac: octets(0, 0, 0, 0, 0, 0) }, octets(...BROADCAST));
  yield asked.roundTrip;
  writeArp(stage, 2, asked, asking, asking.mac);
}

/** An ARP packet for Ethernet and IPv4. */
export function writeArp(
  { wire, truth }: Stage,
  operation: number,
  sender: Pick<Host, 'mac' | 'v4'>,
  target: Pick<Host, 'mac' | 'v4'>,
  to: Uint8Array,
): void {
  const head = concat(to, sender.mac, words(0x0806, 1, 0x0800, 0x0604, operation));
  wire.frame(concat(head, sender.mac, sender.v4, target.mac, target.v4), NOTHING, 0, 0);
  truth.arpPackets += 1;
}
