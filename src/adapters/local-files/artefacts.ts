import { mkdirSync } from 'node:fs';
import { open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { CapwrightError } from '../../domain/errors.ts';
import type { Artefacts, LeftoverFile } from '../../ports.ts';

/** `captures/<id>.cap` for downloads and `tasks/<id>/` for what an analysis leaves; all of it private. */
export function createArtefacts(stateDir: string): Artefacts {
  const captures = join(stateDir, 'captures');
  const folder = (id: string): string => join(stateDir, 'tasks', basename(id));
  return {
    capturePath: (id) => {
      mkdirSync(captures, { recursive: true, mode: 0o700 });
      return join(captures, `${basename(id)}.cap`);
    },
    save: async (id, name, content) => {
      mkdirSync(folder(id), { recursive: true, mode: 0o700 });
      const path = join(folder(id), basename(name));
      await writeAtomically(path, content);
      return path;
    },
    read: (path) => readFile(path, 'utf8'),
    leftovers: (taskIds, ageMs) => findLeftovers(captures, taskIds, ageMs),
    expired: async (busy, ageMs) => [
      ...(await olderThan(captures, 'capture', busy, ageMs)),
      ...(await olderThan(join(stateDir, 'tasks'), 'results', busy, ageMs)),
    ],
    captureSizes: () => sizesIn(captures),
    remove: (path) => rm(path, { force: true, recursive: true }),
  };
}

async function writeAtomically(path: string, content: string): Promise<void> {
  const temporary = `${path}.part`;
  try {
    const file = await open(temporary, 'w', 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw isDiskFull(error) ? diskFull(error) : error;
  }
}

function isDiskFull(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOSPC' || code === 'EDQUOT';
}

function diskFull(cause: unknown): CapwrightError {
  return new CapwrightError(
    'DISK_FULL',
    'There is not enough disk space for the results.',
    'Free space in the state directory of the server.',
    cause,
  );
}

/** Only unfinished downloads count: a finished capture is evidence, and its owner decides about it. */
async function findLeftovers(
  captures: string,
  taskIds: ReadonlySet<string>,
  ageMs: number,
): Promise<LeftoverFile[]> {
  const names = await readdir(captures).catch((): string[] => []);
  const found: LeftoverFile[] = [];
  for (const name of names) {
    const path = join(captures, name);
    const info = await stat(path).catch(() => null);
    const age = info === null ? 0 : Date.now() - info.mtimeMs;
    if (name.endsWith('.part') && age > ageMs && !taskIds.has(name.replace(/\.cap\.part$/, ''))) {
      found.push({
        path,
        reason: 'unfinished download of a task that is over',
        ageSeconds: Math.round(age / 1000),
      });
    }
  }
  return found;
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
    if (!name.endsWith('.part') && age > ageMs && !busy.has(name.replace(/\.cap$/, ''))) {
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
    const id = name.replace(/\.cap(?:\.part)?$/, '');
    sizes.set(id, (sizes.get(id) ?? 0) + (info?.size ?? 0));
  }
  return sizes;
}
