import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobClient } from '@azure/storage-blob';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sdkBlobSource } from '../../../src/adapters/azure-cloud/blob-source.ts';
import { download, type DownloadLimits } from '../../../src/adapters/azure-cloud/download.ts';
import type { Progress } from '../../../src/ports.ts';
import { startBlobServer, type BlobServer, type Mischief } from './blob-server.ts';
import { realClock, refusal, signal } from './setting.ts';

const content = randomBytes(3_000_000);
const sha256 = createHash('sha256').update(content).digest('hex');

let directory = '';
let server: BlobServer | undefined;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'capwright-download-'));
});

afterEach(async () => {
  await server?.stop();
  await rm(directory, { recursive: true, force: true });
});

function limits(changes: Partial<DownloadLimits> = {}): DownloadLimits {
  return {
    maxBytes: 10_000_000,
    signal: signal(),
    onProgress: () => undefined,
    clock: realClock,
    idleMs: 2000,
    pauseMs: 1,
    ...changes,
  };
}

/** Downloads with the real SDK; HTTP and no credential, since the loop is what is tested here. */
async function fetchBlob(
  mischief: Mischief[] = [],
  changes: Partial<DownloadLimits> = {},
  headers: Record<string, string> = {},
  bytes = content,
) {
  server = await startBlobServer(bytes, mischief, headers);
  const blob = new BlobClient(server.url, undefined, { retryOptions: { maxTries: 1 } });
  return download(sdkBlobSource(blob), join(directory, 'a.cap'), limits(changes));
}

describe('downloading a blob', () => {
  it('writes the file whole, for its owner alone, and says what it is', async () => {
    const saved = await fetchBlob();

    expect(saved).toEqual({ bytes: content.length, sha256 });
    expect(await readFile(join(directory, 'a.cap'))).toEqual(content);
    expect((await stat(join(directory, 'a.cap'))).mode & 0o777).toBe(0o600);
    expect(await readdir(directory)).toEqual(['a.cap']);
  });

  it('goes on where the connection was cut, as often as it takes', async () => {
    const cuts = [400_000, 500_000, 600_000, 700_000].map((after) => ({ kind: 'cut', after }) as const);

    const saved = await fetchBlob(cuts);

    expect(saved.sha256).toBe(sha256);
    expect(server?.ranges).toHaveLength(5);
    expect(server?.ranges[0]).toMatch(/^bytes=0-/);
    expect(server?.ranges.slice(1).every((range) => !range.startsWith('bytes=0-'))).toBe(true);
  });

  it('cuts a connection that stalls, and goes on over another', async () => {
    const saved = await fetchBlob([{ kind: 'stall', after: 1_000_000 }]);

    expect(saved.sha256).toBe(sha256);
    expect(server?.ranges).toHaveLength(2);
  });

  it('waits out a storage account that is busy', async () => {
    const saved = await fetchBlob([
      { kind: 'status', status: 503 },
      { kind: 'status', status: 500 },
    ]);

    expect(saved.sha256).toBe(sha256);
  });

  it('never mixes two versions of a blob that is overwritten meanwhile', async () => {
    const newer = randomBytes(2_000_000);

    const saved = await fetchBlob([{ kind: 'replace', with: newer, after: 900_000 }]);

    expect(saved.sha256).toBe(createHash('sha256').update(newer).digest('hex'));
    expect(await readFile(join(directory, 'a.cap'))).toEqual(newer);
  });

  it('does not take the whole blob for the rest of it', async () => {
    const saved = await fetchBlob([{ kind: 'cut', after: 1_000_000 }, { kind: 'whole' }]);

    expect(saved.sha256).toBe(sha256);
  });

  it('gives up when nothing comes any more, and leaves nothing behind', async () => {
    const dead = Array.from({ length: 20 }, () => ({ kind: 'cut', after: 0 }) as const);

    const error = await refusal(fetchBlob(dead));

    expect(error).toMatchObject({ code: 'DOWNLOAD_INTERRUPTED', retryable: true });
    expect(await readdir(directory)).toEqual([]);
  });

  it('refuses a blob that is too large before it reads a byte of it', async () => {
    const error = await refusal(fetchBlob([], { maxBytes: 2_999_999 }));

    expect(error.code).toBe('FILE_TOO_LARGE');
    expect(server?.ranges).toEqual([]);
    expect(await readdir(directory)).toEqual([]);
  });

  it('notices that the bytes are not those that were uploaded', async () => {
    const md5 = createHash('md5').update('something else').digest('base64');

    const error = await refusal(fetchBlob([], {}, { 'content-md5': md5 }));

    expect(error.code).toBe('DOWNLOAD_INTERRUPTED');
    expect(await readdir(directory)).toEqual([]);
  });

  it('accepts bytes that fit their MD5', async () => {
    const md5 = createHash('md5').update(content).digest('base64');

    expect(await fetchBlob([], {}, { 'content-md5': md5 })).toMatchObject({ sha256 });
  });

  it('says so when access is refused, without trying again', async () => {
    const error = await refusal(fetchBlob([{ kind: 'status', status: 403 }]));

    expect(error.code).toBe('FORBIDDEN');
    expect(server?.ranges).toHaveLength(1);
  });

  it('stops at once when the caller gives up', async () => {
    const caller = new AbortController();
    const onProgress = (): void => caller.abort();

    const error = await refusal(
      fetchBlob([{ kind: 'stall', after: 1_000_000 }], { signal: caller.signal, onProgress, idleMs: 60_000 }),
    );

    expect(error.code).toBe('CANCELLED');
    expect(await readdir(directory)).not.toContain('a.cap');
  });

  it('throws away what an older version of the program left half done', async () => {
    await writeFile(join(directory, 'a.cap.part'), 'left over', { mode: 0o644 });

    expect(await fetchBlob()).toMatchObject({ sha256 });
    expect(await readdir(directory)).toEqual(['a.cap']);
  });

  it('refuses a blob for which there is no room, before it reads a byte of it', async () => {
    const huge = { 'content-length': '900000000000000' };

    const error = await refusal(fetchBlob([], { maxBytes: Number.MAX_SAFE_INTEGER }, huge));

    expect(error.code).toBe('DISK_FULL');
    expect(server?.ranges).toEqual([]);
    expect(await readdir(directory)).toEqual([]);
  });

  it('tells of progress that only grows and ends at one', async () => {
    const seen: Progress[] = [];

    await fetchBlob([{ kind: 'cut', after: 1_500_000 }], { onProgress: (progress) => seen.push(progress) });

    const fractions = seen.map(({ fraction }) => fraction ?? -1);
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
    expect(fractions.at(-1)).toBe(1);
    expect(fractions.length).toBeLessThanOrEqual(101);
  });

  it('downloads an empty blob as an empty file', async () => {
    const saved = await fetchBlob([], {}, {}, Buffer.alloc(0));

    expect(saved.bytes).toBe(0);
    expect((await stat(join(directory, 'a.cap'))).size).toBe(0);
  });
});
