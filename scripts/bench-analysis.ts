/**
 * `npm run bench:analysis -- [--sizes 10m,100m,1g] [--hostile SIZE|none] [--rounds N] [--slow-rounds N] [--only TEXT]
 * [--folder DIR]`: makes captures and measures on each, by turns, our whole analysis (in a warm server and from the shell,
 * in every sandbox that is here) and other ways to read a capture. Run `npm run build` first: what is measured is dist.
 * One tool run per question takes minutes on a gigabyte, so it has one round (--slow-rounds) where the rest have three.
 * Prints tables and, last, the same as one line of JSON. Nothing is asserted: figures depend on the machine.
 */
import { existsSync } from 'node:fs';
import { availableParallelism, loadavg, release } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PACKAGE_ROOT } from '../src/package-root.ts';
import { makeCapture, sizeOf, type BenchCapture } from './bench/analysis-captures.ts';
import { canSeeContainers } from './bench/analysis-cost.ts';
import { compare, createAnalysisSamples, within, type Comparison } from './bench/analysis-samples.ts';
import { measureAll } from './bench/analysis-subjects.ts';
import { comparisonTable, costTable } from './bench/analysis-tables.ts';
import { inFolder } from './bench/figures.ts';

const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '10m,100m,1g' },
    hostile: { type: 'string', default: '1g' },
    rounds: { type: 'string', default: '3' },
    'slow-rounds': { type: 'string', default: '1' },
    only: { type: 'string' },
    folder: { type: 'string' },
  },
});

const entry = join(PACKAGE_ROOT, 'dist', 'src', 'main.js');
if (!existsSync(entry)) throw new Error('there is no dist: run npm run build first');
const say = (line: string): void => void process.stderr.write(`${line}\n`);
if (!canSeeContainers())
  say('NOT MEASURED: the processor time of containers; their control group is not to be seen here.');

const samples = createAnalysisSamples();
const comparisons: Comparison[] = [];
const load = loadavg();

await inFolder(async (folder) => {
  const wanted = [
    ...values.sizes
      .split(',')
      .filter(Boolean)
      .map((size) => [size, 'mixed'] as const),
    ...(values.hostile === 'none' ? [] : [[values.hostile, 'hostile'] as const]),
  ];
  for (const [size, mix] of wanted) {
    say(`making ${mix} ${size} …`);
    const capture: BenchCapture = makeCapture(folder, size, mix);
    say(`${capture.name}: ${sizeOf(capture)} bytes, ${capture.packets} packets`);
    const { ours, firstWordMs, flowMs } = await measureAll(capture, samples, {
      entry,
      folder,
      rounds: Number(values.rounds),
      slowRounds: Number(values['slow-rounds']),
      only: values.only ?? null,
      say,
    });
    comparisons.push(...compare(samples, { ...capture, capture: capture.name }, ours));
    if (firstWordMs !== null) comparisons.push(within(capture.name, 'first word of the server', firstWordMs));
    if (flowMs !== null) comparisons.push(within(capture.name, 'one conversation, from the shell', flowMs));
  }
}, values.folder);

const machine = { node: process.version, processors: availableParallelism(), kernel: release(), load };
const costs = samples
  .captures()
  .flatMap((capture) =>
    samples.subjects(capture).map((subject) => ({ capture, subject, ...samples.of(capture, subject) })),
  );
process.stdout.write(`\n${costTable(samples)}\n${comparisonTable(comparisons)}\n`);
process.stdout.write(`load at the start: ${load.map((value) => value.toFixed(1)).join(' ')}\n`);
process.stdout.write(`${JSON.stringify({ machine, costs, comparisons })}\n`);
