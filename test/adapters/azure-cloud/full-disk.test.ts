import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobClient } from '@azure/storage-blob';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sdkBlobSource } from '../../../src/adapters/azure-cloud/blob-source.ts';
import { download } from '../../../src/adapters/azure-cloud/download.ts';
import type { OnProgress } from '../../../src/ports.ts';
import { startBlobServer, type BlobServer } from './blob-server.ts';
import { realClock, refusal, signal } from './setting.ts';

const content = randomBytes(3_000_000);
const disk = mkdtempSync(join(tmpdir(), 'capwright-small-'));
const isMounted =
  process.platform === 'linux' &&
  spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', disk]).status === 0;
let server: BlobServer;

beforeAll(async () => {
  server = await startBlobServer(content);
});

afterAll(async () => {
  await server.stop();
  if (isMounted) {
    spawnSync('umount', [disk]);
  }
  rmSync(disk, { recursive: true, force: true });
});

const fetchBlob = (onProgress: OnProgress) =>
  download(sdkBlobSource(new BlobClient(server.url)), join(disk, 'a.cap'), {
    maxBytes: 10_000_000,
    signal: signal(),
    onProgress,
    clock: realClock,
    idleMs: 5000,
    pauseMs: 1,
  });

it('says so where the disk fills up in the middle, makes room, and succeeds once there is some', async () => {
  if (!isMounted) {
    process.stderr.write('left out: a disk that fills up during a download needs the right to mount one\n');
    return;
  }
  const filler = join(disk, 'filler');
  let isFull = false;
  const fill: OnProgress = () => {
    if (!isFull) {
      isFull = true;
      spawnSync('sh', ['-c', 'head -c 4000000 /dev/zero > "$1" 2>&1', 'sh', filler]);
    }
  };

  const error = await refusal(fetchBlob(fill));
  const left = await readdir(disk);
  writeFileSync(filler, '');
  const saved = await fetchBlob(() => undefined);

  expect(isFull).toBe(true);
  expect(error).toMatchObject({ code: 'DISK_FULL', retryable: true });
  expect(left).toEqual(['filler']);
  expect(saved.sha256).toBe(createHash('sha256').update(content).digest('hex'));
});
