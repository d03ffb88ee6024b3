import { describe, expect, it } from 'vitest';
import { createSelection, type Selection } from '../../../src/forensics/measure/large/selection.ts';
import { shareOf } from '../../../src/forensics/measure/large/shares.ts';
import { offerCapture, type Offered } from './offer-capture.ts';
import { pcapOf, START, tcp, udp, type WirePacket } from './wire.ts';

const BUDGET = { packets: 1_000, bytes: 1_000_000 };
const PUSH = 0x18;

/** Offers the packets to a selection, as if the file were read evenly; answers those that tshark is given. */
function select(packets: readonly Buffer[], budget = BUDGET, knowsSize = true) {
  let seen = 0;
  const selection: Selection = createSelection(budget, () => (knowsSize ? seen / packets.length : null));
  const file = pcapOf(packets.map((bytes, index): WirePacket => ({ at: START + index / 1_000, bytes })));
  const offered = offerCapture(file, {
    offer: (packet) => {
      seen += 1;
      return selection.choose(packet, shareOf(packet)) !== 'skip';
    },
  });
  return { selection, taken: offered.filter(({ taken }) => taken), offered };
}

const address = (number: number): string =>
  `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`;
const datagram = (client: number, port: number, bytes = 40, source = 40_000): Buffer =>
  udp({ from: address(client), to: '192.0.2.1', source, target: port }, Buffer.alloc(bytes, 1));

const noise = (index: number): Buffer[] => [datagram(10 + index, 7_001), datagram(5_000 + index, 7_002)];

/** A connection to `port` in which the client asks and the server sends `segments` full ones, again and again. */
function transfers(client: number, port: number, rounds: number, segments: number): Buffer[] {
  const ends = { from: address(client), to: '192.0.2.1', source: 40_000, target: port };
  const back = { from: ends.to, to: ends.from, source: port, target: 40_000 };
  const packets: Buffer[] = [];
  let [asked, sent] = [1, 1];
  for (let round = 0; round < rounds; round += 1) {
    packets.push(tcp(ends, { flags: PUSH, sequence: asked, acknowledgement: sent }, Buffer.alloc(100, 2)));
    asked += 100;
    for (let index = 0; index < segments; index += 1) {
      packets.push(
        tcp(back, { flags: PUSH, sequence: sent, acknowledgement: asked }, Buffer.alloc(1_400, 3)),
      );
      sent += 1_400;
    }
  }
  return packets;
}

const on = (taken: readonly Offered[], offered: readonly Offered[], from: number): number =>
  taken.filter(({ frame }) => frame > offered.length * from).length;

describe('what tshark is given', () => {
  it('is everything that our own reader does not read, while it is little', () => {
    const packets = [
      ...transfers(1, 445, 3, 2),
      datagram(2, 5060),
      datagram(3, 161),
      ...transfers(4, 7_777, 1, 3),
    ];

    const { taken, offered, selection } = select(packets);

    expect(taken).toHaveLength(packets.length);
    expect(offered.every(({ understood }) => !understood)).toBe(true);
    expect(selection.isWhole('tcp', 0)).toBe(true);
    expect(selection.coverage()).toMatchObject({
      offered: packets.length,
      conversations: { all: 4, whole: 4, part: 0 },
      isBudgetSpent: false,
    });
  });

  it('has of a long transfer the beginning, and of what follows requests and the first segment of each answer', () => {
    const { taken, offered, selection } = select(transfers(1, 445, 4, 60), {
      packets: 1_000,
      bytes: 10_000_000,
    });

    const lengths = offered.map(({ taken }) => (taken ? 'x' : '.')).join('');
    expect(lengths).toBe(`x${'x'.repeat(24)}${'.'.repeat(36)}${`xx${'.'.repeat(59)}`.repeat(3)}`);
    expect(taken).toHaveLength(31);
    expect(selection.isWhole('tcp', 0)).toBe(false);
    expect(selection.coverage()).toMatchObject({ isBudgetSpent: false, conversations: { all: 1, part: 1 } });
  });

  it('stays within the budget, in packets and in bytes', () => {
    const many = Array.from({ length: 5_000 }, (_, index) => datagram(index, 5060));
    const large = Array.from({ length: 3_000 }, (_, index) => datagram(index, 161, 1_400));

    const byPackets = select(many);
    const byBytes = select(large);

    expect(byPackets.taken.length).toBeGreaterThan(BUDGET.packets * 0.7);
    expect(byPackets.taken.length).toBeLessThanOrEqual(BUDGET.packets);
    expect(byBytes.taken.length * 1_400).toBeGreaterThan(BUDGET.bytes * 0.4);
    expect(byBytes.taken.length * 1_400).toBeLessThanOrEqual(BUDGET.bytes);
    expect(byPackets.selection.coverage().isBudgetSpent).toBe(true);
  });

  it('is spread over the file: a flood at its beginning leaves room for what comes later', () => {
    const flood = Array.from({ length: 20_000 }, (_, index) => datagram(index, 9_999));
    const late = Array.from({ length: 40 }, (_, index) => transfers(200_000 + index, 445, 2, 1)).flat();

    const { taken, offered } = select([...flood, ...late]);

    expect(on(taken, offered, flood.length / offered.length)).toBe(late.length);
    expect(taken.length).toBeGreaterThan(BUDGET.packets / 2);
  });

  it('is not all taken by traffic to ever new ports', () => {
    const packets = Array.from({ length: 20_000 }, (_, index) => {
      if (index % 50 === 0) return datagram(1_000_000 + index, 5060);
      return datagram(index, 10_000 + (index % 50_000), 40, 61_000);
    });

    const { selection } = select(packets);

    const calls = selection.coverage().shares.find(({ name }) => name === 'udp 5060');
    expect(calls?.offered).toBe(400);
    expect(calls?.taken).toBeGreaterThan(200);
  });

  it('is as fair where nobody knows how large the file is', () => {
    const flood = Array.from({ length: 20_000 }, (_, index) => datagram(index, 9_999));
    const late = Array.from({ length: 20 }, (_, index) => transfers(200_000 + index, 445, 1, 1)).flat();

    const { taken, offered } = select([...flood, ...late], BUDGET, false);

    expect(on(taken, offered, flood.length / offered.length)).toBe(late.length);
  });

  it('has no hole in what may be sound or pictures: what is cut off stays cut off', () => {
    const packets = Array.from({ length: 4_000 }, (_, index) => [
      datagram(1, 16_384, 200),
      ...noise(index),
    ]).flat();

    const { offered } = select(packets);

    const stream = offered.filter(({ frame }) => frame % 3 === 1).map(({ taken }) => (taken ? 'x' : '.'));
    expect(stream.join('')).toMatch(/^x+[.]+$/);
  });
});
