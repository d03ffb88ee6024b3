/**
 * `node scripts/generate-capture.ts FILE [--bytes N] [--seed N] [--hostile] [--pcapng]`: writes a capture of about N
 * bytes, the same for the same numbers, and prints what stands in it as one line of JSON.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { generateCapture } from './generate-capture/generate.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    bytes: { type: 'string', default: '10000000' },
    seed: { type: 'string', default: '1' },
    hostile: { type: 'boolean', default: false },
    pcapng: { type: 'boolean', default: false },
  },
});
const [path] = positionals;
if (path === undefined) throw new Error('say which file to write');

const capture = generateCapture({
  bytes: Number(values.bytes),
  seed: Number(values.seed),
  mix: values.hostile ? 'hostile' : 'mixed',
  format: values.pcapng ? 'pcapng' : 'pcap',
});
const file = openSync(path, 'w', 0o600);
try {
  let step = capture.next();
  for (; step.done !== true; step = capture.next()) writeSync(file, step.value);
  process.stdout.write(`${JSON.stringify(step.value)}\n`);
} finally {
  closeSync(file);
}
