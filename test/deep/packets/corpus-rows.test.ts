import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { passArgv, type FieldName } from '../../../src/forensics/measure/fields.ts';
import { CAPTURE_PATH } from '../../../src/ports.ts';
import { compare, disagreements, ownRows, rowsIn, tsharkRows, type Agreement } from '../../packets/rows.ts';
import { DIFFERENCES, LEFT_TO_TSHARK } from './differences.ts';
import { testEngines } from '../sandbox/engines.ts';

const folder = resolve(process.env['CAPWRIGHT_CORPUS'] ?? '../shared/corpus', 'files');
const captures = globSync('*/*cap*', { cwd: folder }).toSorted();
if (captures.length === 0)
  process.stderr.write('NOT TESTED: no corpus of captures; set CAPWRIGHT_CORPUS to its folder.\n');

async function expectAgreement(
  version: 0 | 1,
  theirRows: (path: string) => Promise<string[][]>,
): Promise<void> {
  const agreement = new Map<FieldName, Agreement>();

  for (const capture of captures) {
    const path = join(folder, capture);
    const [ours, theirs] = [ownRows(path), await theirRows(path)];
    expect(ours.length, capture).toBe(theirs.length);
    compare(ours, theirs, agreement);
  }

  const allowed = new Map(
    DIFFERENCES.flatMap((row) => row[3].map((field) => [field, row[version]] as const)),
  );
  const filled = [...agreement].filter(([field]) => !LEFT_TO_TSHARK.test(field));
  expect(filled.length).toBeGreaterThan(60);
  expect(filled.filter(([field, counts]) => disagreements(counts) > (allowed.get(field) ?? 0))).toEqual([]);
}

it.runIf(captures.length > 0)(
  'says on the corpus what tshark of this machine says, but for the differences named',
  () => expectAgreement(0, tsharkRows),
);

it.runIf(captures.length > 0)(
  'says on the corpus what tshark of the image says, but for the differences named',
  async () => {
    const scratch = mkdtempSync(join(tmpdir(), 'capwright-rows-'));
    onTestFinished(() => rmSync(scratch, { recursive: true, force: true }));
    const docker = testEngines(scratch).find(({ name }) => name === 'docker');
    const status = await docker?.sandbox.status();
    if (docker === undefined || status?.ready !== true) {
      process.stderr.write(`NOT TESTED against tshark of the image: ${status?.detail}\n`);
      return;
    }
    const { signal } = new AbortController();

    await expectAgreement(1, async (capturePath) => {
      const session = await docker.sandbox.open({ capturePath, signal });
      try {
        const argv = passArgv(CAPTURE_PATH);
        const { stdout } = await session.run({
          argv,
          timeoutMs: 120_000,
          maxOutputBytes: 64 * 1024 * 1024,
          signal,
        });
        return rowsIn(stdout);
      } finally {
        await session.stop();
      }
    });
  },
);
