/**
 * `npm run bench:orchestrator -- [--only AREA] [--fleet N] [--seconds S]`: measures the orchestrator and prints a table
 * and, last, the same as one line of JSON. Nothing is asserted: the figures depend on the machine and on what else it does.
 */
import { availableParallelism, release } from 'node:os';
import { parseArgs } from 'node:util';
import { azureCalls } from './bench/azure-calls.ts';
import { downloads } from './bench/downloads.ts';
import { rounded, table, type Figure } from './bench/figures.ts';
import { startUp } from './bench/start-up.ts';
import { taskTable } from './bench/task-table.ts';
import { transitions } from './bench/transitions.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    fleet: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '60' },
  },
});

const AREAS: Record<string, () => Promise<Figure[]>> = {
  start: startUp,
  transitions,
  table: taskTable,
  downloads,
  azure: () => azureCalls(Number(values.fleet), Number(values.seconds)),
};

const chosen = Object.entries(AREAS).filter(([name]) => values.only === undefined || values.only === name);
if (chosen.length === 0) {
  throw new RangeError(`--only is one of ${Object.keys(AREAS).join(', ')}`);
}
const figures: Figure[] = [];
for (const [name, measure] of chosen) {
  process.stderr.write(`${name} …\n`);
  figures.push(...(await measure()));
}
const machine = { node: process.version, processors: availableParallelism(), kernel: release() };
process.stdout.write(`\n${table(figures)}\n`);
process.stdout.write(
  `${JSON.stringify({ machine, figures: figures.map((figure) => ({ ...figure, value: rounded(figure.value) })) })}\n`,
);
