import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { createCaptureFiles } from '../../../src/adapters/local-files/capture-files.ts';
import { eachStateDir } from '../../fakes/state-dir.ts';

const PCAP = Buffer.from('d4c3b2a1020004000000000000000000ffff000001000000', 'hex');
const { signal } = new AbortController();

const dir = eachStateDir();
let root: string;
let files: ReturnType<typeof createCaptureFiles>;
beforeEach(() => {
  root = join(dir.path, 'root');
  mkdirSync(root);
  files = createCaptureFiles({ roots: [root], maxBytes: 100 });
});

function put(name: string, content: Uint8Array | string): string {
  const path = join(root, name);
  writeFileSync(path, content);
  return path;
}

describe('capture files', () => {
  it('are known by their magic bytes and hashed, whatever their name', async () => {
    const file = await files.inspect(put('evidence.txt', PCAP), 'allowed roots', signal);

    expect(file).toMatchObject({ bytes: 24, format: 'pcap' });
    await expect(file.sha256()).resolves.toMatch(/^[0-9a-f]{64}$/);
  });

  it('may lie in a folder whose name begins with two dots', async () => {
    mkdirSync(join(root, '..evidence'));

    const file = await files.inspect(put('..evidence/a.cap', PCAP), 'allowed roots', signal);

    expect(file.bytes).toBe(24);
  });

  it.each([
    ['an empty file', () => put('empty.pcap', ''), 'NOT_A_CAPTURE'],
    ['text named .pcap', () => put('notes.pcap', 'hello, this is text'), 'NOT_A_CAPTURE'],
    ['a directory', () => root.concat('/..', '/root'), 'PATH_NOT_ALLOWED'],
    ['a missing file', () => join(root, 'nothing.pcap'), 'FILE_NOT_FOUND'],
    [
      'a file over the limit',
      () => put('big.pcap', Buffer.concat([PCAP, Buffer.alloc(200)])),
      'FILE_TOO_LARGE',
    ],
    ['a NUL byte', () => 'a\0b', 'INVALID_ARGUMENT'],
    ['a way out by ..', () => join(root, '../../../etc/hostname'), 'PATH_NOT_ALLOWED'],
  ])('refuses %s', async (_what, path, code) => {
    await expect(files.inspect(path(), 'allowed roots', signal)).rejects.toMatchObject({ code });
  });

  it('does not follow a link out of the roots, and a sibling with the same beginning is no root', async () => {
    const outside = join(dir.path, 'root-of-others');
    mkdirSync(outside);
    writeFileSync(join(outside, 'x.pcap'), PCAP);
    symlinkSync(join(outside, 'x.pcap'), join(root, 'link.pcap'));

    await expect(files.inspect(join(root, 'link.pcap'), 'allowed roots', signal)).rejects.toMatchObject({
      code: 'PATH_NOT_ALLOWED',
    });
    await expect(files.inspect(join(outside, 'x.pcap'), 'allowed roots', signal)).rejects.toMatchObject({
      code: 'PATH_NOT_ALLOWED',
    });
    await expect(files.inspect(join(outside, 'x.pcap'), 'anywhere', signal)).resolves.toMatchObject({
      bytes: 24,
    });
  });

  it('are refused where this user may not read them', async () => {
    const path = put('locked.pcap', PCAP);
    chmodSync(path, 0o000);

    const inspected = asNobody(() => files.inspect(path, 'anywhere', signal));

    await expect(inspected).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  });
});

/** Root may read everything, so a test that runs as root puts its rights down meanwhile. */
async function asNobody<T>(body: () => Promise<T>): Promise<T> {
  const user = process.geteuid?.();
  if (user !== 0) {
    return body();
  }
  chmodSync(dir.path, 0o755);
  process.seteuid?.(65_534);
  try {
    return await body();
  } finally {
    process.seteuid?.(0);
  }
}
