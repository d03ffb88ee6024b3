import type { Play } from '../schedule.ts';
import { chance, noiseOf, pick, type Stage } from '../stage.ts';
import { put16, send } from '../shape.ts';
import { udpShapes } from '../udp.ts';
import type { Maker } from '../plays/play.ts';
import { SERVICES, someServer, someone } from './many-protocols.ts';

/** Ways to break a packet after it was written: where its message begins, and where it ends. */
const BREAKS: readonly ((bytes: Uint8Array, ip: number, end: number) => void)[] = [
  // IP says that it is longer than the frame.
  (bytes, ip) => put16(bytes, ip + 2, 0xffff),
  // An IP header shorter than an IP header can be.
  (bytes, ip) => void (bytes[ip] = 0x42),
  // UDP says that it is longer than IP.
  (bytes, ip) => put16(bytes, ip + 24, 0x7fff),
  // UDP shorter than its header.
  (bytes, ip) => put16(bytes, ip + 24, 3),
  // A protocol that does not exist.
  (bytes, ip) => void (bytes[ip + 9] = 200),
  // The message is cut and its rest zero.
  (bytes, ip, end) => void bytes.fill(0, ip + 28 + ((end - ip - 28) >> 1), end),
];

/** Datagrams for known ports that hold noise, a protocol that belongs elsewhere, or broken headers. */
export const malformed: Maker = (stage) => {
  const packets = 1 + stage.random.integer(12);
  return { play: play(stage, packets), bytes: packets * 215 };
};

function* play(stage: Stage, packets: number): Play {
  const { random, wire, truth } = stage;
  const service = pick(random, SERVICES);
  const ends = { client: someone(stage), server: someServer(stage), port: pick(random, service.ports) };
  const { ask } = udpShapes({ ...ends, isV6: false });
  truth.udpConversations += 1;
  for (let n = 0; n < packets; n += 1) {
    yield n === 0 ? 0 : random.integer(400_000);
    const payload = chance(random, 0.5)
      ? pick(random, SERVICES).ask
      : noiseOf(stage, 8 + random.integer(380));
    const { at, total } = send(wire, ask, payload);
    if (chance(random, 0.6)) pick(random, BREAKS)(wire.bytes, at + 14, at + total);
    truth.malformed += 1;
  }
}
