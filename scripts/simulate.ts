/**
 * `npm run test:simulate -- --seeds N [--seed S] [--workers N] [--sqlite-every N] [--minutes N]`: lives N simulated lives of a state
 * directory, on all processors, and prints what came of them; `violations: N` last. Each violation comes with its seed,
 * its history, and the command that repeats it. After so many minutes no more are begun.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { merge, retell, runSeeds, type Seeds, type Summary } from '../test/deep/orchestrator/run-seeds.ts';
import { installQuickAbort } from '../test/deep/orchestrator/quick-abort.ts';

const CHUNK = 1000;
const WORKER = 'worker';
/** Violations that are told in full. */
const TOLD = 5;

interface Chunk {
  seeds: Seeds;
  total: number;
}

function serve(): void {
  Error.stackTraceLimit = 0;
  installQuickAbort();
  process.on('message', ({ seeds, total }: Chunk) => {
    void runSeeds(seeds, total).then((summary) => process.send?.(summary));
  });
}

interface Means {
  workers: number;
  /** When no more chunks are handed out, by performance.now(). */
  until: number;
}

/** Hands out chunks to whoever is idle, until all are lived. */
async function spread(
  seeds: Seeds,
  { workers, until }: Means,
  tell: (lived: number) => void,
): Promise<Summary> {
  const parts: Summary[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    const worker = fork(fileURLToPath(import.meta.url), [WORKER]);
    while (next < seeds.count && performance.now() < until) {
      const count = Math.min(CHUNK, seeds.count - next);
      const chunk: Chunk = { seeds: { ...seeds, from: next, count }, total: seeds.count };
      next += count;
      parts.push(await answer(worker, chunk));
      tell(parts.reduce((sum, part) => sum + part.seeds, 0));
    }
    worker.disconnect();
  };
  await Promise.all(Array.from({ length: Math.min(workers, Math.ceil(seeds.count / CHUNK)) }, work));
  return merge(parts);
}

function answer(worker: ChildProcess, chunk: Chunk): Promise<Summary> {
  return new Promise((resolve, reject) => {
    const fail = (): void => reject(new Error('a worker has died'));
    worker.once('exit', fail);
    worker.once('message', (summary: Summary) => {
      worker.off('exit', fail);
      resolve(summary);
    });
    worker.send(chunk);
  });
}

const count = (fallback: number, text: string | undefined): number => {
  const value = text === undefined ? fallback : Number(text);
  if (text !== undefined && (!Number.isSafeInteger(value) || value < 0)) {
    throw new RangeError(`"${text}" is no number of seeds, workers or minutes`);
  }
  return value;
};

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string' },
      seed: { type: 'string', default: 'seed' },
      workers: { type: 'string' },
      'sqlite-every': { type: 'string' },
      minutes: { type: 'string' },
    },
  });
  const total = count(5000, values.seeds);
  const seeds: Seeds = {
    seed: values.seed,
    from: 0,
    count: total,
    sqliteEvery: count(total === 1 ? 0 : 500, values['sqlite-every']),
  };
  const started = performance.now();
  const minutes = count(Infinity, values.minutes);
  const means = { workers: count(availableParallelism(), values.workers), until: started + minutes * 60_000 };
  const summary = await spread(seeds, means, (lived) => {
    if (lived % 50_000 === 0) {
      process.stderr.write(`${lived} of ${seeds.count} lives\n`);
    }
  });
  for (const { seed, kind } of summary.broken.slice(0, TOLD)) {
    const store = kind === 'sqlite' ? ' --sqlite-every 1' : '';
    say(`\n${seed} (npm run test:simulate -- --seeds 1 --seed ${seed}${store}):`);
    (await retell(seed, kind)).forEach((line) => say(`  ${line}`));
  }
  summary.broken.slice(TOLD).forEach(({ seed, violations }) => say(`${seed}: ${violations[0] ?? ''}`));
  const seconds = (performance.now() - started) / 1000;
  say(`servers: ${summary.processes}`);
  Object.entries(summary.ended).forEach(([word, tasks]) => say(`${word}: ${tasks}`));
  say(`seconds: ${seconds.toFixed(1)}`);
  say(`seeds: ${summary.seeds}`);
  say(`violations: ${summary.broken.length}`);
  process.exitCode = summary.broken.length === 0 ? 0 : 1;
}

if (process.argv[2] === WORKER) {
  serve();
} else {
  await main();
}
