import { concat, octets, words } from '../../../src/local-azure/traffic/packets/bytes.ts';
import type { Play } from '../schedule.ts';
import { noiseOf, pick, type Stage } from '../stage.ts';
import { createShape, send, type Shape } from '../shape.ts';
import { udpShapes } from '../udp.ts';
import { createScratch } from '../wire.ts';
import type { Maker } from '../plays/play.ts';
import { createHost, type Host } from '../world.ts';
import { SERVICES, someServer, someone } from './many-protocols.ts';

const ETHERNET = 14;
const NOTHING = new Uint8Array(0);

/** How a frame is wrapped: what goes round it, given the whole frame. */
interface Wrapping {
  outer: (ends: readonly [Host, Host]) => Shape;
  inner: (frame: Uint8Array) => Uint8Array;
}

const withoutEthernet = (frame: Uint8Array): Uint8Array => frame.subarray(ETHERNET);
const over =
  (protocol: number, message: Uint8Array): Wrapping['outer'] =>
  ([source, target]) =>
    createShape({ source, target, isV6: false, protocol, message, checksumAt: -1 });
const overUdp =
  (port: number): Wrapping['outer'] =>
  ([client, server]) =>
    udpShapes({ client, server, port, isV6: false }).ask;

const WRAPPINGS: readonly Wrapping[] = [
  // IP in IP, GRE with IP, GRE with Ethernet.
  { outer: over(4, NOTHING), inner: withoutEthernet },
  { outer: over(47, words(0, 0x0800)), inner: withoutEthernet },
  { outer: over(47, words(0, 0x6558)), inner: (frame) => frame },
  // VXLAN, GTP-U.
  { outer: overUdp(4789), inner: (frame) => concat(octets(8, 0, 0, 0, 0, 0, 42, 0), frame) },
  {
    outer: overUdp(2152),
    inner: (frame) => concat(words(0x30ff, frame.length - ETHERNET, 0, 77), withoutEthernet(frame)),
  },
];

/** Tags between Ethernet and IP: VLAN, two of them, MPLS, PPPoE. */
const TAGS: readonly Uint8Array[] = [
  words(0x8100, 42, 0x0800),
  words(0x88a8, 7, 0x8100, 42, 0x0800),
  words(0x8847, 0x0001, 0x0140),
];

/** A conversation of datagrams inside a tunnel or behind tags. */
export const tunnelled: Maker = (stage) => {
  const packets = 2 + stage.random.integer(20);
  return { play: play(stage, packets), bytes: packets * 290 };
};

function* play(stage: Stage, packets: number): Play {
  const { random, wire, truth } = stage;
  const service = pick(random, SERVICES);
  const ends = { client: someone(stage), server: someServer(stage), port: pick(random, service.ports) };
  const { ask, answer } = udpShapes({ ...ends, isV6: false });
  const wrapping = pick(random, WRAPPINGS);
  const outer = wrapping.outer([someone(stage), createHost(GATE)]);
  const tag = random.integer(2 * TAGS.length);
  const scratch = createScratch();
  for (let n = 0; n < packets; n += 1) {
    yield n === 0 ? 0 : random.integer(200_000);
    const payload = n === 0 ? service.ask : noiseOf(stage, 20 + random.integer(300));
    const { total } = send(scratch, n % 2 === 0 ? ask : answer, payload);
    const frame = scratch.bytes.subarray(0, total);
    const between = TAGS[tag];
    if (between === undefined) send(wire, outer, wrapping.inner(frame));
    else wire.frame(concat(frame.subarray(0, 12), between), frame, ETHERNET, total - ETHERNET);
    truth.tunnelled += 1;
  }
}

const GATE = { v4: [10, 0, 0, 2], mac: [2, 0x10, 0, 0, 0, 2], hops: 64, roundTrip: 400 };
