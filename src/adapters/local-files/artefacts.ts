import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { CapwrightError } from '../../domain/errors.ts';
import { isKeptName } from '../../domain/attempts.ts';
import type { Artefacts, KeptFile, LeftoverFile, WhichFile } from '../../ports.ts';
import { writeWhole } from './private-file.ts';

/**
 * `captures/<id>.cap`, or `<id>.<which>.cap` where there are several, for downloads, and `tasks/<id>/` for what an
 * analysis leaves; all of it private.
 */
export function createArtefacts(stateDir: string, newName: () => string = randomUUID): Artefacts {
  const captures = join(stateDir, 'captures');
  const folder = (id: string): string => join(stateDir, 'tasks', basename(id));
  return {
    capturePath: (id, which) => {
      mkdirSync(captures, { recursive: true, mode: 0o700 });
      return join(captures, `${basename(id)}${which === undefined ? '' : suffixOf(which)}.cap`);
    },
    save: async (id, name, content) => {
      mkdirSync(folder(id), { recursive: true, mode: 0o700 });
      const path = join(folder(id), basename(name));
      await writeWhole(path, newName, (file) => file.writeFile(content));
      return path;
    },
    keep: async (id, name, content) => {
      const path = join(folder(id), ATTEMPTS, ...partsOf(name));
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      await writeWhole(path, newName, (file) => file.writeFile(content));
    },
    list: (id) => filesIn(folder(id)),
    readFile: async (id, name) => {
      const file = (await filesIn(folder(id))).find((one) => one.name === name);
      if (file === undefined) throw notThere();
      return readFile(file.path, 'utf8');
    },
    resultPath: (id, name) => join(folder(id), basename(name)),
    read: (path) => readFile(path, 'utf8'),
    leftovers: async (taskIds, ageMs) => [
      ...(await unfinishedIn(captures, 'download of a task that is over', ageMs, (name) =>
        taskIds.has(taskOf(name)),
      )),
      ...(await unfinishedResults(join(stateDir, 'tasks'), ageMs)),
    ],
    expired: async (busy, ageMs) => [
      ...(await olderThan(captures, 'capture', busy, ageMs)),
      ...(await olderThan(join(stateDir, 'tasks'), 'results', busy, ageMs)),
    ],
    captureSizes: () => sizesIn(captures),
    dropUnfinished: async (id, what) => {
      const begun =
        what === 'downloads'
          ? await unfinishedIn(captures, what, -Infinity, (name) => taskOf(name) !== id)
          : await unfinishedBelow(folder(id), what, -Infinity);
      await Promise.all(begun.map(({ path }) => rm(path, { force: true }).catch(() => undefined)));
    },
    remove: (path) => rm(path, { force: true, recursive: true }),
  };
}

/** Below the folder of a task: what its analysis kept of its attempts. */
const ATTEMPTS = 'attempts';

function partsOf(name: string): string[] {
  const parts = name.split('/');
  if (parts.length > 2 || !parts.every(isKeptName)) throw notThere();
  return parts;
}

const notThere = () =>
  new CapwrightError('FILE_NOT_FOUND', 'The task has no such file.', 'Name one that its list has.');

/** Finished plain files of a task; links are none. */
async function filesIn(folder: string): Promise<KeptFile[]> {
  const folders = [folder, ...(await foldersBelow(join(folder, ATTEMPTS)))];
  const found: KeptFile[] = [];
  for (const each of folders) {
    const entries = await readdir(each, { withFileTypes: true }).catch(() => []);
    for (const entry of entries.filter((one) => one.isFile() && isKeptName(one.name))) {
      const path = join(each, entry.name);
      const info = entry.name.endsWith('.part') ? null : await stat(path).catch(() => null);
      if (info !== null)
        found.push({ name: relative(folder, path).replaceAll(sep, '/'), path, bytes: info.size });
    }
  }
  return found.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** The number alone makes it unique; the instance is for people, and only what can't be a path is kept of it. */
function suffixOf({ ordinal, instanceId }: WhichFile): string {
  const instance = (instanceId ?? '').replaceAll(/[^A-Za-z0-9_-]/g, '').slice(0, 40);
  return `.${ordinal}${instance === '' ? '' : `-${instance}`}`;
}

/** Names of captures begin with the id of their task; ids hold no dot. */
const taskOf = (name: string): string => name.split('.')[0] ?? name;

/** Only unfinished files count: a finished capture is evidence, and its owner decides about it. */
async function unfinishedIn(
  directory: string,
  what: string,
  ageMs: number,
  isWanted: (name: string) => boolean,
): Promise<LeftoverFile[]> {
  const names = await readdir(directory).catch((): string[] => []);
  const found: LeftoverFile[] = [];
  for (const name of names.filter((name) => name.endsWith('.part') && !isWanted(name))) {
    const path = join(directory, name);
    const info = await stat(path).catch(() => null);
    const age = info === null ? 0 : Date.now() - info.mtimeMs;
    if (age > ageMs) {
      found.push({ path, reason: `unfinished ${what}`, ageSeconds: Math.round(age / 1000) });
    }
  }
  return found;
}

/** The same of a folder of results, with what its attempts began. */
async function unfinishedBelow(folder: string, what: string, ageMs: number): Promise<LeftoverFile[]> {
  const below = await foldersBelow(join(folder, ATTEMPTS));
  const found = [folder, ...below].map((each) => unfinishedIn(each, what, ageMs, () => false));
  return (await Promise.all(found)).flat();
}

/** A folder and those in it; no link is followed. */
async function foldersBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return [folder, ...entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name))];
}

/** Each writer names its temporary file anew, so that nobody comes back to one that a killed process left. */
async function unfinishedResults(tasks: string, ageMs: number): Promise<LeftoverFile[]> {
  const folders = await readdir(tasks).catch((): string[] => []);
  const found = await Promise.all(
    folders.map((name) => unfinishedBelow(join(tasks, name), 'result of an analysis', ageMs)),
  );
  return found.flat();
}

async function olderThan(
  directory: string,
  what: 'capture' | 'results',
  busy: ReadonlySet<string>,
  ageMs: number,
): Promise<LeftoverFile[]> {
  const found: LeftoverFile[] = [];
  for (const name of await readdir(directory).catch((): string[] => [])) {
    const path = join(directory, name);
    const info = await stat(path).catch(() => null);
    const age = info === null ? 0 : Date.now() - info.mtimeMs;
    if (!name.endsWith('.part') && age > ageMs && !busy.has(taskOf(name))) {
      const ageSeconds = Math.round(age / 1000);
      found.push({ path, reason: `${what} past the retention that the policy sets`, ageSeconds });
    }
  }
  return found;
}

async function sizesIn(captures: string): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  for (const name of await readdir(captures).catch((): string[] => [])) {
    const info = await stat(join(captures, name)).catch(() => null);
    const id = taskOf(name);
    sizes.set(id, (sizes.get(id) ?? 0) + (info?.size ?? 0));
  }
  return sizes;
}
