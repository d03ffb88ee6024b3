import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobClient } from '@azure/storage-blob';
import { expect, it } from 'vitest';
import { sdkBlobSource } from '../../../src/adapters/azure-cloud/blob-source.ts';
import { download } from '../../../src/adapters/azure-cloud/download.ts';
import { startBlobServer } from './blob-server.ts';
import { realClock, signal } from './setting.ts';

const MIB = 1024 * 1024;

const PROGRAM = `
  import { BlobClient } from '@azure/storage-blob';
  import { sdkBlobSource } from './src/adapters/azure-cloud/blob-source.ts';
  import { download } from './src/adapters/azure-cloud/download.ts';
  const [url, path] = process.argv.slice(1);
  await download(sdkBlobSource(new BlobClient(url)), path, {
    maxBytes: 100_000_000,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    clock: { now: () => Date.now(), sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) },
    idleMs: 60_000,
    pauseMs: 10,
  });
`;

it('goes on with what a killed process had noted, byte for byte', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'capwright-killed-'));
  const path = join(directory, 'a.cap');
  const content = randomBytes(40 * MIB);
  const server = await startBlobServer(content, [
    { kind: 'cut', after: 40 * MIB },
    { kind: 'stall', after: MIB },
  ]);
  const child = spawn(process.execPath, ['--input-type=module', '--eval', PROGRAM, server.url, path]);
  const ended = once(child, 'exit');
  while (server.ranges.length < 2 && child.exitCode === null) {
    await realClock.sleep(20);
  }
  child.kill('SIGKILL');
  await ended;

  const saved = await download(sdkBlobSource(new BlobClient(server.url)), path, {
    maxBytes: 100_000_000,
    signal: signal(),
    onProgress: () => undefined,
    clock: realClock,
    idleMs: 10_000,
    pauseMs: 10,
  });

  expect(saved.sha256).toBe(createHash('sha256').update(content).digest('hex'));
  expect(server.ranges[2]).toMatch(new RegExp(`^bytes=${32 * MIB}-`));
  expect(await readdir(directory)).toEqual(['a.cap']);
  await server.stop();
  await rm(directory, { recursive: true });
});
