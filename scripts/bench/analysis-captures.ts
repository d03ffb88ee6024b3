import { closeSync, openSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { generateCapture } from '../generate-capture/generate.ts';

/** A capture to measure on. */
export interface BenchCapture {
  name: string;
  path: string;
  /** What was asked for, which the file has about. */
  bytes: number;
  mix: 'mixed' | 'hostile';
  packets: number;
}

const SEED = 3;
const UNITS: Readonly<Record<string, number>> = { k: 1e3, m: 1e6, g: 1e9 };

/** `10m` or `1g` as bytes. */
export function bytesOf(size: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)([kmg])?$/i.exec(size) ?? [];
  if (number === undefined) throw new RangeError(`${size} is no size; say 10m, 100m or 1g`);
  return Number(number) * (UNITS[unit.toLowerCase()] ?? 1);
}

/** Writes the capture of that size into the folder; the same every time. */
export function makeCapture(folder: string, size: string, mix: BenchCapture['mix']): BenchCapture {
  const bytes = bytesOf(size);
  const name = `${mix} ${size}`;
  const path = join(folder, `${mix}-${size}.pcap`);
  const capture = generateCapture({ bytes, seed: SEED, mix });
  const file = openSync(path, 'w', 0o600);
  try {
    let step = capture.next();
    for (; step.done !== true; step = capture.next()) writeSync(file, step.value);
    return { name, path, mix, bytes, packets: step.value.packets };
  } finally {
    closeSync(file);
  }
}

/** Bytes of the file as it is. */
export const sizeOf = ({ path }: BenchCapture): number => statSync(path).size;
