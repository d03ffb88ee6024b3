import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobClient } from '@azure/storage-blob';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sdkBlobSource } from '../../../src/adapters/azure-cloud/blob-source.ts';
import { download } from '../../../src/adapters/azure-cloud/download.ts';
import type { OnProgress } from '../../../src/ports.ts';
import { startBlobServer, type BlobServer, type Mischief } from './blob-server.ts';
import { realClock, refusal, signal } from './setting.ts';

const content = randomBytes(3_000_000);
const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

let directory = '';
let server: BlobServer;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'capwright-resume-'));
});

afterEach(async () => {
  await server.stop();
  await rm(directory, { recursive: true, force: true });
});

/** As a process does that starts: nothing is shared with other calls but the disk. */
function fetchOnce(caller = signal(), onProgress: OnProgress = () => undefined) {
  const blob = new BlobClient(server.url, undefined, { retryOptions: { maxTries: 1 } });
  return download(sdkBlobSource(blob), join(directory, 'a.cap'), {
    maxBytes: 10_000_000,
    signal: caller,
    onProgress,
    clock: realClock,
    idleMs: 5000,
    pauseMs: 1,
  });
}

/** Begins a download and stops it after about a million bytes. */
async function stopHalfWay(): Promise<void> {
  const caller = new AbortController();
  const onProgress: OnProgress = ({ fraction }) => {
    if ((fraction ?? 0) > 0.3) {
      caller.abort();
    }
  };
  const error = await refusal(fetchOnce(caller.signal, onProgress));
  expect(error.code).toBe('CANCELLED');
}

const stalled: Mischief = { kind: 'stall', after: 1_500_000 };
const left = async (ending: string): Promise<string> =>
  join(directory, (await readdir(directory)).find((name) => name.endsWith(ending)) ?? 'none');

describe('a download that was stopped', () => {
  it('goes on where it was, in a later call, and hashes the file as it lies there', async () => {
    server = await startBlobServer(content, [stalled]);
    await stopHalfWay();

    const saved = await fetchOnce();

    expect(saved).toEqual({ bytes: content.length, sha256: hashOf(content) });
    expect(await readFile(join(directory, 'a.cap'))).toEqual(content);
    expect(Number(/^bytes=(\d+)-/.exec(server.ranges[1] ?? '')?.[1])).toBeGreaterThan(500_000);
    expect(await readdir(directory)).toEqual(['a.cap']);
    expect((await stat(join(directory, 'a.cap'))).mode & 0o777).toBe(0o600);
  });

  it('keeps what it has for its owner alone', async () => {
    server = await startBlobServer(content, [stalled]);
    await stopHalfWay();

    const modes = await Promise.all(
      (await readdir(directory)).map(async (name) => (await stat(join(directory, name))).mode & 0o777),
    );

    expect(modes).toEqual([0o600, 0o600]);
  });

  it('begins anew where the blob is another by then', async () => {
    const newer = randomBytes(2_500_000);
    server = await startBlobServer(content, [{ kind: 'replace', with: newer, after: 1_500_000 }]);
    const caller = new AbortController();
    await refusal(fetchOnce(caller.signal, () => caller.abort()));

    const saved = await fetchOnce();

    expect(saved.sha256).toBe(hashOf(newer));
    expect(await readFile(join(directory, 'a.cap'))).toEqual(newer);
    expect(await readdir(directory)).toEqual(['a.cap']);
  });

  it.each<[string, (note: string, part: string) => Promise<void>]>([
    ['whose note is torn', (note) => writeFile(note, '{"bytes": 12')],
    ['whose note says more than is there', (_, part) => truncate(part, 1000)],
    ['whose note says nonsense', (note) => writeFile(note, '{"bytes": -5}')],
    ['whose note is gone', (note) => rm(note)],
  ])('begins anew from one %s', async (_, spoil) => {
    server = await startBlobServer(content, [stalled]);
    await stopHalfWay();
    const note = await left('.note.part');
    await spoil(note, note.replace('.note.part', '.part'));

    const saved = await fetchOnce();

    expect(saved.sha256).toBe(hashOf(content));
    expect(server.ranges[1]).toMatch(/^bytes=0-/);
  });

  it('does not hand over what the disk has spoilt meanwhile, where there is an MD5 to tell', async () => {
    const md5 = createHash('md5').update(content).digest('base64');
    server = await startBlobServer(content, [stalled], { 'content-md5': md5 });
    await stopHalfWay();
    const part = (await left('.note.part')).replace('.note.part', '.part');
    const bytes = await readFile(part);
    bytes.fill(0, 1000, 2000);
    await writeFile(part, bytes);

    const error = await refusal(fetchOnce());
    const saved = await fetchOnce();

    expect(error.code).toBe('DOWNLOAD_INTERRUPTED');
    expect(saved.sha256).toBe(hashOf(content));
  });
});

describe('two processes that download the same', () => {
  it('both end with the whole file, whoever is first', async () => {
    server = await startBlobServer(content);

    const saved = await Promise.all([fetchOnce(), fetchOnce(), fetchOnce()]);

    expect(saved.map(({ sha256 }) => sha256)).toEqual([content, content, content].map(hashOf));
    expect(await readFile(join(directory, 'a.cap'))).toEqual(content);
    expect(await readdir(directory)).toEqual(['a.cap']);
  });

  it('do not spoil it where one of them sleeps until the other is done', async () => {
    server = await startBlobServer(content, [{ kind: 'stall', after: 1_000_000 }]);
    const sleeper = fetchOnce();
    while (server.ranges.length === 0) {
      await realClock.sleep(5);
    }

    const first = await fetchOnce();
    const second = await sleeper;

    expect([first.sha256, second.sha256]).toEqual([hashOf(content), hashOf(content)]);
    expect(await readFile(join(directory, 'a.cap'))).toEqual(content);
    expect(await readdir(directory)).toEqual(['a.cap']);
  });
});
