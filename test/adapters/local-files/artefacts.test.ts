import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
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

describe('what an analysis keeps of its attempts', () => {
  it('lies below the folder of its task, private, is listed with the results, and can be read back', async () => {
    const artefacts = createArtefacts(dir.path);

    await artefacts.save('t', 'report.md', '# Report');
    await artefacts.keep('t', '1/stdout.txt', 'answers');
    await artefacts.keep('t', 'index.json', '{}');

    expect((await artefacts.list('t')).map(({ name, bytes }) => [name, bytes])).toEqual([
      ['attempts/1/stdout.txt', 7],
      ['attempts/index.json', 2],
      ['report.md', 8],
    ]);
    expect(await artefacts.readFile('t', 'attempts/1/stdout.txt')).toBe('answers');
    const path = join(dir.path, 'tasks', 't', 'attempts', '1', 'stdout.txt');
    expect(lstatSync(path).mode & 0o777).toBe(0o600);
    expect(lstatSync(dirname(path)).mode & 0o777).toBe(0o700);
  });

  it.each(['../report.md', '1/../../x', '/etc/passwd', 'a/b/c', '', '.', '1/', '1/..', String.raw`1\x`])(
    'is never written under the name %j',
    async (name) => {
      await expect(createArtefacts(dir.path).keep('t', name, 'x')).rejects.toMatchObject({
        code: 'FILE_NOT_FOUND',
      });
    },
  );

  it.each(['../../capwright.db', 'attempts/../report.md', '/etc/passwd', 'link', 'attempts/link/x'])(
    'is never read from %j',
    async (name) => {
      const artefacts = createArtefacts(dir.path);
      await artefacts.save('t', 'report.md', '# Report');
      await artefacts.keep('t', '1/x', 'x');
      writeFileSync(join(dir.path, 'capwright.db'), 'secret');
      symlinkSync('/etc/passwd', join(dir.path, 'tasks', 't', 'link'));
      symlinkSync('/etc', join(dir.path, 'tasks', 't', 'attempts', 'link'));

      await expect(artefacts.readFile('t', name)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    },
  );

  it('loses what a killed process had begun of it before the next analysis, and is no leftover', async () => {
    const artefacts = createArtefacts(dir.path);
    await artefacts.keep('t', '1/x', 'x');
    const begun = join(dir.path, 'tasks', 't', 'attempts', '1', 'x.killed.part');
    writeFileSync(begun, 'half');

    expect((await artefacts.leftovers(new Set(), -1)).map(({ path }) => path)).toEqual([begun]);
    await artefacts.dropUnfinished('t', 'results');

    expect((await artefacts.list('t')).map(({ name }) => name)).toEqual(['attempts/1/x']);
    expect(existsSync(begun)).toBe(false);
  });
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
