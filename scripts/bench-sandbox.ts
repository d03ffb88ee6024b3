/**
 * `npm run bench:sandbox -- [--rounds N] [--seconds S] [--only ENGINE]`: measures every sandbox engine of this machine
 * against `docker run` and against bare tshark, by turns, on a capture of its own making. Prints a table and, last, the
 * same as one line of JSON. Nothing is asserted: the figures depend on the machine and on what else it does.
 */
import { availableParallelism, loadavg, release } from 'node:os';
import { parseArgs } from 'node:util';
import { inFolder, rounded, table } from './bench/figures.ts';
import { sandboxes } from './bench/sandboxes.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    seconds: { type: 'string', default: '60' },
    only: { type: 'string' },
  },
});

const load = loadavg().map(rounded);
const { figures, versions } = await inFolder((folder) =>
  sandboxes({
    folder,
    rounds: Number(values.rounds),
    seconds: Number(values.seconds),
    only: values.only ?? null,
    say: (line) => process.stderr.write(`${line}\n`),
  }),
);
const machine = {
  node: process.version,
  processors: availableParallelism(),
  kernel: release(),
  load,
  versions,
};
process.stdout.write(`\n${table(figures)}\nload at the start: ${load.join(' ')}\n`);
process.stdout.write(
  `${JSON.stringify({ machine, figures: figures.map((figure) => ({ ...figure, value: rounded(figure.value) })) })}\n`,
);
