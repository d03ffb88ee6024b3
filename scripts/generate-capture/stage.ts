import type { Random } from '../../src/local-azure/traffic/random.ts';
import type { Play } from './schedule.ts';
import type { Truth } from './truth.ts';
import type { Wire } from './wire.ts';
import type { World } from './world.ts';

/** What every play has at hand. */
export interface Stage {
  readonly wire: Wire;
  readonly random: Random;
  readonly world: World;
  readonly truth: Truth;
  /** Random bytes from which ciphertext and bodies are cut. */
  readonly noise: Uint8Array;
  /** Has another play begin so many microseconds from now. */
  start(play: Play, delay?: number): void;
}

export const SECOND = 1_000_000;
export const MILLISECOND = 1_000;

/** One of several, each as likely as the other. */
export function pick<T>(random: Random, values: readonly [T, ...T[]] | readonly T[]): T {
  const value = values[random.integer(values.length)];
  if (value === undefined) throw new Error('there is nothing to pick from');
  return value;
}

/** Whether something happens that has this chance. */
export const chance = (random: Random, probability: number): boolean => random.between(0, 1) < probability;

/** A number of bytes with a long tail: most are near `low`, few near `high`. */
export function heavyTailed(random: Random, low: number, high: number, shape = 1.15): number {
  const share = 1 - random.between(0, 1) * (1 - (low / high) ** shape);
  return Math.floor(low / share ** (1 / shape));
}

/** Ciphertext, or any other bytes without meaning, of that length. */
export function noiseOf({ noise, random }: Pick<Stage, 'noise' | 'random'>, length: number): Uint8Array {
  const from = random.integer(noise.length - length);
  return noise.subarray(from, from + length);
}
