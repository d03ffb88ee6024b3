import { expect, it } from 'vitest';
import { createFrame, type Frame } from '../../src/packets/frame.ts';
import { createFlowTable } from '../../src/packets/streams/flow-table.ts';
import { createRandom } from './mutants.ts';

interface End {
  /** The last 4 bytes of the address; an IPv6 address has a prefix before them. */
  address: number;
  port: number;
}

const end = (address: number): End => ({ address, port: 1 });

/** A frame from one end to another, as far as the table looks at it. */
function frameOf(frame: Frame, version: 4 | 6, from: End, to: End): Frame {
  const bytes = Buffer.alloc(32, 0x20);
  const size = version === 4 ? 4 : 16;
  bytes.writeUInt32BE(from.address >>> 0, size - 4);
  bytes.writeUInt32BE(to.address >>> 0, 2 * size - 4);
  frame.bytes = new Uint8Array(bytes);
  frame.networks = 1;
  frame.ownNetworks = 1;
  frame.networkVersion[0] = version;
  frame.networkSource[0] = 0;
  frame.networkTarget[0] = size;
  frame.sourcePort = from.port;
  frame.targetPort = to.port;
  return frame;
}

it('numbers conversations in the order of their first packets, both versions together, and tells the directions', () => {
  const table = createFlowTable(100_000);
  const frame = createFrame();
  const random = createRandom(3);
  const known = new Map<string, { flow: number; direction: number }>();
  let most = 0;

  for (let round = 0; round < 100_000; round += 1) {
    const version = random(3) === 0 ? 6 : 4;
    const from = { address: random(2) * 0xfff0_0000 + random(60), port: random(30) };
    const to = { address: random(2) * 0xfff0_0000 + random(60), port: random(30) };
    const there = `${version} ${from.address}.${from.port} ${to.address}.${to.port}`;
    const back = `${version} ${to.address}.${to.port} ${from.address}.${from.port}`;
    const expected = known.get(there);
    const { flow, direction, isNew } = table.find(frameOf(frame, version, from, to));

    if (flow !== (expected?.flow ?? most) || isNew !== (expected === undefined))
      expect([round, flow, isNew]).toEqual([round, expected?.flow ?? most, expected === undefined]);
    if (expected !== undefined && expected.direction !== direction)
      expect([round, direction]).toEqual([round, expected.direction]);
    if (expected !== undefined) continue;
    most += 1;
    known.set(there, { flow, direction });
    if (there !== back) known.set(back, { flow, direction: 1 - direction });
  }
  expect(most).toBeGreaterThan(50_000);
});

it('gives no number to what comes when it is full, and goes on to know what came before', () => {
  const table = createFlowTable(2);
  const frame = createFrame();

  const flows = [1, 2, 3, 1, 3, 2].map(
    (number) => table.find(frameOf(frame, number === 2 ? 6 : 4, end(number), end(9))).flow,
  );

  expect(flows).toEqual([0, 1, -1, 0, -1, 1]);
  expect(table.refused()).toBe(2);
});

it('gives no number to packets without addresses', () => {
  const table = createFlowTable(2);

  expect(table.find(createFrame())).toMatchObject({ flow: -1, isNew: false });
  expect(table.refused()).toBe(0);
});

/** The inverse of an odd number among the numbers of 32 bits. */
function inverseOf(odd: number): number {
  let inverse = odd;
  for (let step = 0; step < 5; step += 1) inverse = Math.imul(inverse, 2 - Math.imul(odd, inverse));
  return inverse;
}

it('refuses addresses that were chosen to collide instead of searching ever longer', () => {
  const table = createFlowTable(1_000_000);
  const frame = createFrame();
  const undo = inverseOf(0x9e3779b1);
  let refused = 0;

  // The lower address is undone from what the first step of the hash makes of it, so that the higher one cancels it.
  for (let number = 1; number <= 4000; number += 1) {
    const wanted = number << 15;
    const low = Math.imul(wanted, undo) >>> 0;
    const high = (wanted ^ (wanted >>> 15) ^ 0x5555_5555) >>> 0;
    if (low > high) continue;
    const { flow } = table.find(frameOf(frame, 4, { address: low, port: 7 }, { address: high, port: 9 }));
    if (flow < 0) refused += 1;
  }

  expect(refused).toBeGreaterThan(500);
  expect(table.refused()).toBe(refused);
});
