import { existsSync, lstatSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createArtefacts } from '../../../src/adapters/local-files/artefacts.ts';
import { writeWhole } from '../../../src/adapters/local-files/private-file.ts';
import { eachStateDir } from '../../fakes/state-dir.ts';

const dir = eachStateDir();

describe('what a task leaves behind', () => {
  it('is private and can be read back', async () => {
    const artefacts = createArtefacts(dir.path);

    const path = await artefacts.save('t', 'report.md', '# Report');

    expect(await artefacts.read(path)).toBe('# Report');
    expect(lstatSync(path).mode & 0o777).toBe(0o600);
  });

  it('is written whole by two writers at the same time', async () => {
    const names = ['a', 'b'].map((writer) => writer.repeat(200_000));
    const servers = names.map(() => createArtefacts(dir.path));

    const [path] = await Promise.all(
      servers.map((artefacts, index) => artefacts.save('t', 'report.md', names[index] ?? '')),
    );

    expect(names).toContain(await createArtefacts(dir.path).read(path ?? ''));
    expect(readdirSync(join(dir.path, 'tasks', 't'))).toEqual(['report.md']);
  });

  it('leaves the temporary file of another writer alone', async () => {
    const folder = join(dir.path, 'tasks', 't');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'report.md.other.part'), 'half');

    await createArtefacts(dir.path).save('t', 'report.md', '# Report');

    expect(readdirSync(folder).toSorted()).toEqual(['report.md', 'report.md.other.part']);
  });

  it.runIf(existsSync('/dev/full'))(
    'is refused by a full disk as a passing trouble, with no rest of it',
    async () => {
      await expect(
        writeWhole(join(dir.path, 'report.md'), () => 'writer', writeToFullDevice),
      ).rejects.toMatchObject({
        code: 'DISK_FULL',
        retryable: true,
      });
      expect(readdirSync(dir.path)).toEqual([]);
    },
  );
});

describe('what a killed server leaves', () => {
  it('is listed once it is old, by the task whose name it begins with', async () => {
    const artefacts = createArtefacts(dir.path);
    artefacts.capturePath('over');
    const results = await artefacts.save('over', 'report.md', '');
    const old = ['over.cap.part', 'over.3.cap.part', 'busy.cap.part', 'busy.3.cap.part', 'over.3.cap'];
    const paths = old.map((name) => join(dir.path, 'captures', name));
    paths.push(`${results}.some-writer.part`);
    for (const path of paths) {
      writeFileSync(path, 'xx');
      utimesSync(path, 0, 0);
    }
    writeFileSync(join(dir.path, 'captures', 'over.new.cap.part'), 'xx');

    const leftovers = await artefacts.leftovers(new Set(['busy']), 60_000);

    expect(leftovers).toHaveLength(3);
    expect(leftovers.map(({ path }) => path)).toEqual(expect.arrayContaining([paths[0], paths[1], paths[5]]));
    expect((await artefacts.expired(new Set(['busy']), 60_000)).map(({ path }) => path)).toEqual([paths[4]]);
    expect(await artefacts.captureSizes()).toEqual(
      new Map([
        ['over', 8],
        ['busy', 4],
      ]),
    );
  });

  it('goes at once, and with nothing of any other task, where its task says so', async () => {
    const artefacts = createArtefacts(dir.path);
    artefacts.capturePath('mine');
    const captures = join(dir.path, 'captures');
    const kept = ['mine.1.cap', 'mine2.cap.ab.part', 'other.cap.ab.part'];
    for (const name of ['mine.cap.ab.part', 'mine.2.cap.ab.note.part', ...kept]) {
      writeFileSync(join(captures, name), 'xx');
    }

    const result = await artefacts.save('mine', 'report.md', '');
    const foreign = await artefacts.save('other', 'report.md', '');
    writeFileSync(`${result}.ab.part`, 'xx');
    writeFileSync(`${foreign}.ab.part`, 'xx');

    await artefacts.dropUnfinished('mine', 'downloads');
    await artefacts.dropUnfinished('mine', 'results');
    await artefacts.dropUnfinished('unknown', 'downloads');
    await artefacts.dropUnfinished('unknown', 'results');

    expect(readdirSync(captures).toSorted()).toEqual(kept);
    expect(readdirSync(dirname(result))).toEqual(['report.md']);
    expect(readdirSync(dirname(foreign))).toEqual(['report.md', 'report.md.ab.part']);
  });
});

async function writeToFullDevice(): Promise<void> {
  await using full = await open('/dev/full', 'w');
  await full.writeFile('x');
}
