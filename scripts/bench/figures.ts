import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One line of the table: what was measured, and what it should be, where the project has set itself a target. */
export interface Figure {
  area: string;
  what: string;
  value: number;
  unit: string;
  target?: number;
  note?: string;
}

/** A folder in memory, where nothing that is written costs a flush of a disk; null where there is none. */
export const MEMORY = existsSync('/dev/shm') ? '/dev/shm' : null;

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = Number.NaN, high = Number.NaN] = [sorted[middle - 1], sorted[middle]];
  return sorted.length % 2 === 1 ? high : (low + high) / 2;
}

/** Milliseconds that `work` takes. */
export async function timed(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Times `work` again and again, after as many unmeasured rounds as a tenth of them; the median in milliseconds. */
export async function medianOf(rounds: number, work: (round: number) => unknown): Promise<number> {
  const times: number[] = [];
  for (let round = -Math.ceil(rounds / 10); round < rounds; round += 1) {
    const time = await timed(() => work(round));
    if (round >= 0) {
      times.push(time);
    }
  }
  return median(times);
}

/** Runs `work` in a folder that is removed afterwards, below `base` or the system's folder for such. */
export async function inFolder<T>(work: (folder: string) => Promise<T>, base = tmpdir()): Promise<T> {
  const folder = mkdtempSync(join(base, 'capwright-bench-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The figures as lines for people. */
export function table(figures: readonly Figure[]): string {
  const rows = figures.map(({ area, what, value, unit, target, note }) => [
    area,
    what,
    `${rounded(value)} ${unit}`,
    target === undefined ? '' : `${value <= target ? 'within' : 'MISSES'} ${target} ${unit}`,
    note ?? '',
  ]);
  const heads = ['area', 'what', 'median', 'target', 'note'];
  const widths = heads.map((head, n) => Math.max(head.length, ...rows.map((row) => row[n]?.length ?? 0)));
  return [heads, ...rows]
    .map((row) => row.map((cell, n) => cell.padEnd(widths[n] ?? 0)).join('  '))
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

export function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
