import { createCaptureReader } from '../../src/packets/read-capture.ts';
import { createTables } from '../../src/forensics/measure/tables.ts';
import { readPacket } from '../../src/forensics/measure/packet.ts';
import { createRowMaker } from '../../src/forensics/measure/own-rows.ts';
import { detectAll } from '../../src/forensics/measure/detectors.ts';
import type { Row } from '../../src/forensics/measure/row.ts';

/** A small seeded generator of random numbers (mulberry32): equal seeds give equal mutants. */
export function createRandom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Numbers that length fields and counters trip over. */
const NASTY = [0, 1, 2, 3, 4, 7, 8, 15, 16, 19, 20, 21, 0x3f, 0x40, 0x45, 0x7f, 0x80, 0xc0, 0xfe, 0xff];

/**
 * Damages bytes in place behind the first `spared`, which are a file's magic: single bits, nasty bytes, copied and zeroed
 * stretches.
 */
export function mutate(file: Uint8Array, random: (below: number) => number, spared = 4): void {
  const changes = 1 + random(8);
  for (let index = 0; index < changes; index += 1) {
    const at = spared + random(Math.max(file.length - spared, 1));
    switch (random(4)) {
      case 0:
        file[at] = (file[at] ?? 0) ^ (1 << random(8));
        break;
      case 1:
        file[at] = NASTY[random(NASTY.length)] ?? 0;
        break;
      case 2:
        file.copyWithin(at, spared + random(Math.max(file.length - spared, 1)), at + 1 + random(16));
        break;
      default:
        file.fill(random(2) * 0xff, at, at + 1 + random(4));
    }
  }
}

/** Reads a file as the product does, in pieces of `size`; answers the number of packets. Throws what the reader throws. */
function readWhole(file: Uint8Array, size: number): number {
  const tables = createTables();
  const packets = readRows(file, size, (row) => {
    const packet = readPacket(row);
    if (packet === null) throw new Error('a row that is no packet');
    tables.add(packet);
  });
  detectAll(tables.finish());
  return packets;
}

/** Reads a file down to its rows, without measuring them. */
function readRows(file: Uint8Array, size: number, onRow: (row: Row) => void = () => undefined): number {
  let packets = 0;
  const maker = createRowMaker((row) => {
    packets += 1;
    onRow(row);
  });
  const reader = createCaptureReader(maker.onPacket);
  for (let at = 0; at < file.length; at += size) reader.push(file.subarray(at, at + size));
  reader.end();
  return packets;
}

/** Reads the mutants `from`..`to` of the seed captures; answers the number of packets, and throws at the first that fails. */
export function readMutants(seeds: readonly Uint8Array[], from: number, to: number): number {
  let packets = 0;
  for (let number = from; number < to; number += 1) {
    const random = createRandom(number);
    const file = Uint8Array.from(seeds[number % seeds.length] ?? []);
    mutate(file, random);
    try {
      // Measuring costs more than reading, and has its own tests: each tenth will do.
      const read = number % 10 === 0 ? readWhole : readRows;
      packets += read(file, 40 + random(file.length));
    } catch (error) {
      throw new Error(`mutant ${number} is not survived`, { cause: error });
    }
  }
  return packets;
}
