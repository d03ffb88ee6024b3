import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ask, check, createBench } from '../fakes/bench.ts';
import { quietCall } from '../fakes/orchestrator.ts';

const bench = createBench();
let umask: number;
beforeEach(() => {
  umask = process.umask(0o022);
});
afterEach(() => {
  process.umask(umask);
});

/** Whatever lies in the directory, and itself, with its mode. */
function modes(directory: string): [path: string, mode: string][] {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  return [directory, ...names.map((name) => join(directory, name))].map((path) => {
    const info = statSync(path);
    return [path, `${info.isDirectory() ? 'd' : 'f'} ${(info.mode & 0o777).toString(8)}`];
  });
}

const open = (entries: ReturnType<typeof modes>) =>
  entries.filter(([, mode]) => !/^(d 700|f 600)$/.test(mode));

describe('the state directory', () => {
  it.each([0o022, 0])('is for its user alone, every file of it, with umask %o', async (mask) => {
    process.umask(mask);
    const dir = join(bench.dir, 'state');
    const one = await bench.start({ dir });
    const { task_id } = await one.startCapture(ask(), quietCall);
    const ended = await one.checkTask(check(task_id), quietCall);
    const entries = modes(dir);

    expect(ended.status).toBe('task_completed');
    expect(entries.map(([path]) => path.slice(path.lastIndexOf('.')))).toEqual(
      expect.arrayContaining(['.owner', '.db', '.db-wal', '.db-shm', '.jsonl', '.cap', '.md', '.json']),
    );
    expect(open(entries)).toEqual([]);
  });
});
