import { parseArgs } from 'node:util';
import { z } from 'zod';
import { settingsSchema } from '../control/settings.ts';
import type { LocalAzureOptions } from '../start.ts';

/** What the command was asked to do. */
export interface CommandLine {
  readonly help: boolean;
  /** Print shell lines in place of the JSON line. */
  readonly env: boolean;
  readonly options: LocalAzureOptions;
}

/** Flags with what stands for their value and what they do, in the order of the help. */
const flags = {
  port: ['N', 'port of the ARM server (a free one)'],
  dir: ['DIR', 'keep certificate and blobs there (a temporary directory, removed at the end)'],
  seed: ['N', 'seed of the captured traffic and of the random faults (1)'],
  'time-scale': ['X', 'scale latencies and Retry-After: 1 is as slow as recorded, 0.1 ten times faster (1)'],
  fleet: ['N', 'add N machines, fleet-001 and on (0)'],
  'token-lifetime': ['S', 'seconds that a token lives (3599)'],
  faults: ['RATE', 'share of requests that a random fault befalls, 0 to 1 (0)'],
  'fault-kinds': ['A,B', 'draw only from these kinds of fault'],
  'session-limit': ['N', 'sessions that a region may have at once (10000)'],
  throttle: ['', 'answer 429 when the token buckets are empty'],
  'refuse-parallel-writes': ['', 'answer 409 while another write of the same watcher is under way'],
  env: ['', 'print shell export lines instead of one JSON line'],
  help: ['', 'print this'],
} as const;

type Flag = keyof typeof flags;

const number = z
  .string()
  .regex(/^[\d.]+$/u, 'not a number')
  .transform(Number);
const between = (low: number, high: number) => number.pipe(z.number().min(low).max(high)).optional();
const whole = (high: number) => number.pipe(z.number().int().min(0).max(high)).optional();
const kinds = z
  .string()
  .transform((text) => text.split(','))
  .pipe(settingsSchema.shape.faultKinds)
  .optional();

const shape = z.object({
  port: whole(65_535),
  dir: z.string().min(1).optional(),
  seed: whole(4_294_967_295),
  'time-scale': between(0, 1000),
  fleet: whole(1000),
  'token-lifetime': between(1, 86_400),
  faults: between(0, 1),
  'fault-kinds': kinds,
  'session-limit': whole(1_000_000),
  throttle: z.boolean().optional(),
  'refuse-parallel-writes': z.boolean().optional(),
  env: z.boolean().optional(),
  help: z.boolean().optional(),
});

/** A flag that is wrong, named in the one line of its message. */
export class WrongFlag extends Error {
  override name = 'WrongFlag';
}

/** Reads the flags; throws a WrongFlag. */
export function readCommandLine(argv: readonly string[]): CommandLine {
  const names = Object.entries(flags).map(([name, [value]]) => {
    return [name, { type: value === '' ? ('boolean' as const) : ('string' as const) }] as const;
  });
  const parsed = shape.safeParse(valuesOf(argv, Object.fromEntries(names)));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const flag = String(issue?.path[0] ?? '');
    throw new WrongFlag(`--${flag}: ${issue?.message ?? 'not valid'}. See --help.`);
  }
  const read = parsed.data;
  return {
    help: read.help ?? false,
    env: read.env ?? false,
    options: {
      ...given(read.port, (port) => ({ port })),
      ...given(read.dir, (directory) => ({ directory })),
      ...given(read.seed, (seed) => ({ seed })),
      ...given(read['time-scale'], (timeScale) => ({ timeScale })),
      ...given(read.fleet, (fleet) => ({ fleet })),
      ...given(read['token-lifetime'], (tokenLifetimeSeconds) => ({ tokenLifetimeSeconds })),
      settings: {
        ...given(read.faults, (faultRate) => ({ faultRate })),
        ...given(read['fault-kinds'], (faultKinds) => ({ faultKinds })),
        ...given(read['session-limit'], (sessionLimit) => ({ sessionLimit })),
        ...given(read.throttle, (throttle) => ({ throttle })),
        ...given(read['refuse-parallel-writes'], (refuseParallelWrites) => ({ refuseParallelWrites })),
      },
    },
  };
}

function valuesOf(
  argv: readonly string[],
  options: Record<string, { type: 'boolean' | 'string' }>,
): Record<string, unknown> {
  try {
    return parseArgs({ args: [...argv], options }).values;
  } catch (error) {
    throw new WrongFlag(error instanceof Error ? error.message : 'The flags can not be read.');
  }
}

/** The help text. */
export function usage(): string {
  const isFlag = (name: string): name is Flag => name in flags;
  const lines = Object.keys(flags)
    .filter(isFlag)
    .map((name) => {
      const [value, what] = flags[name];
      return `  ${`--${name} ${value}`.padEnd(26)}${what}`;
    });
  return [
    'local-azure: a simulated Azure with Network Watcher packet captures, on this machine only.',
    '',
    'Prints one line of JSON with all addresses and secrets when it is ready, and runs until it is',
    'interrupted or whoever started it is gone. Any Azure SDK can use it; see docs/local-azure.md.',
    '',
    ...lines,
    '',
  ].join('\n');
}

/** Options that were not given stay away altogether, so that their defaults hold. */
function given<Value, Option extends object>(
  value: Value | undefined,
  as: (value: Value) => Option,
): Option | undefined {
  return value === undefined ? undefined : as(value);
}
