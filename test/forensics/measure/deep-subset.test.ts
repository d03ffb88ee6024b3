import { describe, expect, it } from 'vitest';
import type { DeepOffer } from '../../../src/forensics/measure/large/deep-offer.ts';
import { createSubset, type Subset } from '../../../src/forensics/measure/large/subset.ts';
import { createFrame } from '../../../src/packets/frame.ts';
import { newRecordHeader } from '../../../src/packets/formats/record.ts';
import { createCaptureReader } from '../../../src/packets/read-capture.ts';

const BYTES = 1_000;

const noRow = (): string[] => [];

/** A packet whose bytes are all its number. */
function packet(number: number, linkType = 1): DeepOffer {
  const bytes = new Uint8Array(BYTES + 40).fill(number % 256);
  const header = newRecordHeader({ number: 0, linkType, snapLength: 0, checkSequenceBits: null });
  header.number = number;
  header.seconds = number;
  header.wireLength = BYTES;
  const frame = { ...createFrame(), bytes, transport: 17, payloadAt: 20 + 42, end: 20 + BYTES };
  const place = { stream: number, direction: 0, verdict: null, understood: false, row: noRow };
  return { header, bytes, start: 20, end: 20 + BYTES, frame, ...place };
}

/** Seconds, which are the numbers, of the packets in a file; and whether the file is whole. */
function numbersIn(chunks: readonly Uint8Array[]): { numbers: number[]; damage: unknown } {
  const numbers: number[] = [];
  const reader = createCaptureReader((bytes, start, end, { seconds }) => {
    expect(bytes.subarray(start, end).every((byte) => byte === seconds % 256)).toBe(true);
    numbers.push(seconds);
  });
  for (const chunk of chunks) reader.push(chunk);
  return { numbers, damage: reader.end().damage };
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

async function collect(subset: Subset, without: ReadonlySet<number> = new Set()): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of subset.chunks(without)) chunks.push(chunk);
  return chunks;
}

describe('the subset for tshark', () => {
  it('is one whole capture, however many packets there are', async () => {
    const subset = createSubset();
    for (const number of upTo(2_000)) subset.add(packet(number, number % 700 === 0 ? 101 : 1), 0, false);
    subset.end();

    expect(numbersIn(await collect(subset))).toEqual({ numbers: upTo(2_000), damage: null });
    expect(subset.packets).toBe(2_000);
    expect(subset.at(700)).toMatchObject({ frame: 700, kind: 'udp', stream: 700 });
    expect(subset.payload(700)).toEqual(new Uint8Array(BYTES - 42).fill(700 % 256));
    expect(subset.at(2_001)).toBeNull();
  });

  it('is handed on while it grows, and can be read again', async () => {
    const subset = createSubset();
    const chunks: Uint8Array[] = [];
    const reading = (async () => {
      for await (const chunk of subset.chunks(new Set())) chunks.push(chunk);
    })();
    for (const number of upTo(100)) subset.add(packet(number), 0, false);
    await new Promise((resolve) => setImmediate(resolve));
    const early = numbersIn(chunks).numbers.length;
    for (const number of upTo(900)) subset.add(packet(100 + number), 0, false);
    subset.end();
    await reading;

    expect(early).toBeGreaterThan(50);
    expect(numbersIn(chunks)).toEqual({ numbers: upTo(1_000), damage: null });
    expect(numbersIn(await collect(subset))).toEqual({ numbers: upTo(1_000), damage: null });
  });

  it('is a whole capture without some of its shares, the one that describes an interface too', async () => {
    const subset = createSubset();
    for (const number of upTo(1_500))
      subset.add(packet(number, number % 2 === 0 ? 101 : 1), number % 3, false);
    subset.end();

    const { numbers, damage } = numbersIn(await collect(subset, new Set([1, 2])));

    expect(damage).toBeNull();
    expect(numbers).toEqual(upTo(1_500).filter((number) => number % 3 === 0));
  });
});
