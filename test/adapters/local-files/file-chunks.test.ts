import { renameSync, rmSync, symlinkSync, appendFileSync, writeFileSync } from 'node:fs';
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
  files = createCaptureFiles({ roots: [dir.path], maxBytes: 10 * MEBIBYTE });
});

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(Buffer.from(chunk));
  return all;
}

describe('the bytes of an inspected file', () => {
  it('come in order and at most 1 MiB at a time', async () => {
    const content = Buffer.alloc(2 * MEBIBYTE + 5, 'abcdefg');
    HEADER.copy(content);
    writeFileSync(path, content);

    const chunks = await collect(files.chunks(await files.inspect(path, 'allowed roots', signal), signal));

    expect(chunks.map(({ length }) => length)).toEqual([MEBIBYTE, MEBIBYTE, 5]);
    expect(Buffer.concat(chunks).equals(content)).toBe(true);
  });

  it('are no more than were inspected, although the file has grown', async () => {
    writeFileSync(path, HEADER);
    const file = await files.inspect(path, 'allowed roots', signal);
    appendFileSync(path, 'later');

    expect(Buffer.concat(await collect(files.chunks(file, signal))).equals(HEADER)).toBe(true);
  });

  it.each([
    ['that is gone', () => rmSync(path)],
    ['that a link took the place of', () => replaceBy((other) => symlinkSync(other, path))],
    ['that another file took the place of', () => replaceBy((other) => renameSync(other, path))],
  ])('are not read from a file %s', async (_what, change) => {
    writeFileSync(path, HEADER);
    const file = await files.inspect(path, 'allowed roots', signal);
    change();

    await expect(collect(files.chunks(file, signal))).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
  });

  it('are not to be had by a path alone', async () => {
    writeFileSync(path, HEADER);
    const file = await files.inspect(path, 'allowed roots', signal);

    expect(() => files.chunks({ ...file }, signal)).toThrow('was inspected');
  });

  it('stop coming when the caller gives up', async () => {
    writeFileSync(path, Buffer.concat([HEADER, Buffer.alloc(3 * MEBIBYTE)]));
    const file = await files.inspect(path, 'allowed roots', signal);
    const caller = new AbortController();
    const seen: number[] = [];

    const reading = (async () => {
      for await (const { length } of files.chunks(file, caller.signal)) {
        seen.push(length);
        caller.abort();
      }
    })();

    await expect(reading).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(seen).toHaveLength(1);
  });
});

/** Another capture beside the file, put in its place while the file itself still lies elsewhere. */
function replaceBy(put: (other: string) => void): void {
  const other = join(dir.path, 'other.cap');
  writeFileSync(other, HEADER);
  renameSync(path, join(dir.path, 'away.cap'));
  put(other);
}
