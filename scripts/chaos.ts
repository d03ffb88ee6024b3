import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { runChaos } from '../test/chaos/run.ts';

/**
 * Puts real servers through random kills, stops and faults of Azure, and judges what is left: `npm run chaos --
 * --minutes N --seed S [--tasks N] [--vms N]`. The counts go to stdout, everything else to stderr; 1 on a violation.
 */
const number = z
  .string()
  .regex(/^\d+(\.\d+)?$/, 'not a number')
  .transform(Number);
const Options = z.strictObject({
  minutes: number.pipe(z.number().min(0.2).max(1440)).default(6),
  seed: z
    .string()
    .min(1)
    .max(40)
    .regex(/^[\w.-]+$/, 'letters, digits, ".", "_" and "-"')
    .default('1'),
  tasks: number.pipe(z.number().int().min(1).max(100_000)).optional(),
  vms: number.pipe(z.number().int().min(1).max(500)).default(40),
  'converge-minutes': number.pipe(z.number().min(0.5).max(60)).default(12),
  root: z.string().default(join(import.meta.dirname, '..')),
});

const USUAL_TASKS = 300;

function readOptions(argv: readonly string[]): z.infer<typeof Options> {
  const text = { type: 'string' } as const;
  const names = Object.fromEntries(Object.keys(Options.shape).map((name) => [name, text]));
  const { values } = parseArgs({ args: [...argv], options: names });
  return Options.parse(values);
}

function tell(line: string): void {
  process.stderr.write(`chaos: ${line}\n`);
}

async function main(): Promise<number> {
  const { minutes, seed, tasks = USUAL_TASKS, vms, root, ...rest } = readOptions(process.argv.slice(2));
  const result = await runChaos({
    minutes,
    seed,
    tasks,
    vms,
    tell,
    root: resolve(root),
    convergeMinutes: rest['converge-minutes'],
  });
  result.violations.forEach((violation) => {
    process.stderr.write(`violation: ${violation}\n`);
  });
  const counts = { ...result, violations: result.violations.length };
  process.stdout.write(`kills: ${counts.kills}\npauses: ${counts.pauses}\nfaults: ${counts.faults}\n`);
  process.stdout.write(`tasks: ${counts.tasks}\nviolations: ${counts.violations}\n`);
  return counts.violations === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`chaos: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 2;
}
