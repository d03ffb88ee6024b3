import { createRandom } from '../../src/local-azure/traffic/random.ts';
import { hostileTraffic } from './hostile/hostile.ts';
import { mixedTraffic } from './mixed.ts';
import type { Maker } from './plays/play.ts';
import { createSchedule, type Play } from './schedule.ts';
import { SECOND, type Stage } from './stage.ts';
import { noTruth, type Truth } from './truth.ts';
import { createWire, type CaptureFormat } from './wire.ts';
import { createWorld } from './world.ts';

export interface GenerateOptions {
  /** About this many bytes the file will have; it ends where the last conversation does. */
  bytes: number;
  seed: number;
  /** An office with attacks among its traffic, or small packets of everything that exists; mixed by default. */
  mix?: 'mixed' | 'hostile';
  format?: CaptureFormat;
  /** When the first packet comes, in seconds since the epoch. */
  startSeconds?: number;
}

/** What a capture is made of. */
export interface Mix {
  /** Kinds of conversations, and how many of all there are of each. */
  makers(stage: Stage): readonly (readonly [share: number, maker: Maker])[];
  /** What happens beside them, in a capture of this length. */
  inject(stage: Stage, microseconds: number): void;
}

/** How long captures last, whatever their size. */
const DURATION = 180 * SECOND;
const CHUNK = 1 << 20;
const NOISE = 1 << 20;
const START = 1_790_000_000;

/**
 * Writes a capture piece by piece, and returns what stands in it. Equal options give equal bytes. Its memory does not
 * depend on the size: conversations begin as time passes, and no packet is kept.
 */
export function* generateCapture(options: GenerateOptions): Generator<Uint8Array, Truth> {
  const { bytes, seed, format = 'pcap', startSeconds = START } = options;
  const random = createRandom(seed);
  const wire = createWire(format, startSeconds);
  const truth = noTruth();
  const schedule = createSchedule((now) => {
    wire.now = now;
  });
  const stage: Stage = {
    wire,
    truth,
    random,
    world: createWorld(random.fork('world')),
    noise: random.fork('noise').bytes(NOISE),
    start: (play, delay = 0) => schedule.start(play, delay),
  };
  const mix = options.mix === 'hostile' ? hostileTraffic : mixedTraffic;
  mix.inject(stage, DURATION);
  schedule.start(arrivals(stage, mix, bytes), 0);
  while (schedule.next() !== null) {
    const chunk = wire.take(CHUNK);
    if (chunk !== null) yield chunk;
  }
  const rest = wire.take(1);
  if (rest !== null) yield rest;
  truth.packets = wire.packets();
  truth.wireBytes = wire.wireBytes();
  truth.fileBytes = wire.fileBytes();
  return truth;
}

/** Begins conversations until their bytes are those of the file, evenly over the time. */
function* arrivals(stage: Stage, mix: Mix, bytes: number): Play {
  const makers = mix.makers(stage);
  const shares = makers.reduce((sum, [share]) => sum + share, 0);
  const largest = Math.min(8_000_000, Math.max(40_000, bytes / 25));
  let planned = 0;
  while (planned < bytes) {
    let draw = stage.random.between(0, shares);
    const [, maker] = makers.find(([share]) => (draw -= share) < 0) ?? makers[0] ?? [];
    if (maker === undefined) return;
    const { play, bytes: size } = maker(stage, largest);
    stage.start(play);
    planned += size;
    yield (DURATION * size) / bytes;
  }
}
