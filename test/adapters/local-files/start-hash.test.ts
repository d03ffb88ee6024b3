import { createHash } from 'node:crypto';
import { appendFileSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { createCaptureFiles } from '../../../src/adapters/local-files/capture-files.ts';
import { eachStateDir } from '../../fakes/state-dir.ts';

const HEADER = Buffer.from('d4c3b2a1020004000000000000000000ffff000001000000', 'hex');
const MEBIBYTE = 1024 ** 2;
const { signal } = new AbortController();

const dir = eachStateDir();
let path: string;
let files: ReturnType<typeof createCaptureFiles>;
beforeEach(() => {
  path = join(dir.path, 'a.cap');
  files = createCaptureFiles({ roots: [dir.path], maxBytes: 100 * MEBIBYTE });
});

/** A file that a thread hashes: larger than those that are hashed on the spot. */
function putLarge(bytes = 3 * MEBIBYTE + 7): string {
  const content = Buffer.alloc(bytes, 'packets');
  HEADER.copy(content);
  writeFileSync(path, content);
  return createHash('sha256').update(content).digest('hex');
}

describe('the hash of an inspected file', () => {
  it('is that of its bytes, large or small', async () => {
    const large = putLarge();
    expect(await (await files.inspect(path, 'allowed roots', signal)).sha256()).toBe(large);

    const small = putLarge(1000);
    expect(await (await files.inspect(path, 'allowed roots', signal)).sha256()).toBe(small);
  });

  it('is made when it is first asked for where that is wanted', async () => {
    const expected = putLarge();
    const file = await files.inspect(path, 'allowed roots', signal, 'when asked for');

    expect(await Promise.all([file.sha256(), file.sha256()])).toEqual([expected, expected]);
  });

  it('is of what was inspected, although the file has grown', async () => {
    const expected = putLarge();
    const file = await files.inspect(path, 'allowed roots', signal);
    appendFileSync(path, 'later');

    expect(await file.sha256()).toBe(expected);
  });

  it('is refused for a file that became shorter', async () => {
    putLarge(80 * MEBIBYTE);
    const file = await files.inspect(path, 'allowed roots', signal);
    truncateSync(path, 100);

    await expect(file.sha256()).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
  });

  it('is refused for another file that took its place before the thread came to read it', async () => {
    putLarge();
    renameSync(path, `${path}.away`);
    writeFileSync(path, readFileSync(`${path}.away`));
    const file = await files.inspect(path, 'allowed roots', signal);
    rmSync(path);
    renameSync(`${path}.away`, path);

    await expect(file.sha256()).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
  });

  it('ends with the caller, and a failure that nobody asks for is no unhandled one', async () => {
    const unhandled: unknown[] = [];
    const hear = (error: unknown): number => unhandled.push(error);
    process.on('unhandledRejection', hear);
    putLarge(80 * MEBIBYTE);
    const caller = new AbortController();
    const asked = await files.inspect(path, 'allowed roots', caller.signal);
    await files.inspect(path, 'allowed roots', caller.signal);

    caller.abort();

    await expect(asked.sha256()).rejects.toMatchObject({ code: 'CANCELLED' });
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', hear);
    expect(unhandled).toEqual([]);
  });
});
