import { existsSync, lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createCopiedArtefacts, createDebugFolder } from '../../../src/adapters/local-files/debug-copies.ts';
import { eachStateDir } from '../../fakes/state-dir.ts';

const dir = eachStateDir();

describe('copies for debugging', () => {
  it('hold results and attempts in a folder for each task, private like the state directory', async () => {
    const folder = join(dir.path, 'debug');
    const artefacts = createCopiedArtefacts(
      { stateDir: join(dir.path, 'state'), debugSaveDir: folder },
      () => undefined,
    );

    await artefacts.save('t', 'report.md', '# Report');
    await artefacts.keep('t', '2/stdout.txt', 'answers');

    expect(readFileSync(join(folder, 't', 'report.md'), 'utf8')).toBe('# Report');
    const output = join(folder, 't', 'attempts', '2', 'stdout.txt');
    expect(readFileSync(output, 'utf8')).toBe('answers');
    expect(lstatSync(output).mode & 0o777).toBe(0o600);
    expect((await artefacts.list('t')).map(({ name }) => name)).toEqual([
      'attempts/2/stdout.txt',
      'report.md',
    ]);
  });

  it('cost nothing where they can not be written: a line in the log, and the results are kept all the same', async () => {
    const folder = join(dir.path, 'a-file');
    writeFileSync(folder, '');
    const logged: string[] = [];
    const artefacts = createCopiedArtefacts(
      { stateDir: join(dir.path, 'state'), debugSaveDir: folder },
      (_level, message) => void logged.push(message),
    );

    const path = await artefacts.save('t', 'report.md', '# Report');
    await artefacts.keep('t', '1/stdout.txt', 'answers');

    expect(existsSync(path)).toBe(true);
    expect(await artefacts.readFile('t', 'attempts/1/stdout.txt')).toBe('answers');
    expect(logged).toEqual(['copies for debugging can not be written']);
  });

  it('are in a folder of its own for each analysis at the shell', async () => {
    const clock = { now: () => Date.UTC(2026, 10, 23), sleep: () => Promise.resolve() };
    const debugSaveDir = join(dir.path, 'debug');

    for (const text of ['one', 'two']) {
      await createDebugFolder({ debugSaveDir }, clock, () => undefined)?.('attempts/1/script.sh', text);
    }

    const folders = readdirSync(debugSaveDir);
    expect(folders).toHaveLength(2);
    expect(folders.every((name) => name.startsWith('20261123T000000Z-'))).toBe(true);
    expect(createDebugFolder({ debugSaveDir: null }, clock, () => undefined)).toBeNull();
  });

  it.each(['../t', '', '.hidden', 'a/b'])('are never written under the name %j', async (name) => {
    const folder = join(dir.path, 'debug');
    const clock = { now: () => 0, sleep: () => Promise.resolve() };

    await createDebugFolder({ debugSaveDir: folder }, clock, () => undefined)?.(`${name}/../x`, 'x');

    expect(existsSync(folder)).toBe(false);
  });
});
