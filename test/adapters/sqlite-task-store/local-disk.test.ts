import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../../src/adapters/sqlite-task-store/database.ts';
import { openLiveness } from '../../../src/adapters/sqlite-task-store/liveness.ts';
import { requireLocalDisk } from '../../../src/adapters/sqlite-task-store/local-disk.ts';
import { eachStateDir } from '../../fakes/state-dir.ts';

const dir = eachStateDir();

const FUSE = 0x65735546;
const on = (type: number, mounts = '') => ({ typeOf: () => type, mounts: () => mounts });
const mounted = (...lines: [point: string, type: string][]): string =>
  lines.map(([point, type]) => `36 35 98:0 / ${point} rw shared:1 - ${type} source rw`).join('\n');

describe('the state directory', () => {
  it.each([
    ['NFS', 0x6969],
    ['CIFS', 0xff534d42],
    ['CIFS as a signed number', 0xff534d42 | 0],
    ['a share of a hypervisor', 0x786f4256],
  ])('is refused on %s, with the way out', (_name, type) => {
    expect(() => requireLocalDisk(dir.path, on(type))).toThrow(/network file system/);
  });

  it('is taken on this disk, also where it is still to be made', () => {
    expect(() => requireLocalDisk(join(dir.path, 'a', 'b'))).not.toThrow();
    expect(existsSync(join(dir.path, 'a'))).toBe(false);
  });

  it('is judged by the folder that a link leads to, and before anything is made there', () => {
    const share = join(dir.path, 'share');
    mkdirSync(share);
    symlinkSync(share, join(dir.path, 'link'));
    const disks = { typeOf: (path: string) => (path === share ? 0x6969 : 0xef53), mounts: () => '' };

    expect(() => requireLocalDisk(join(dir.path, 'link', 'state', 'owners'), disks)).toThrow(/NFS/);
    expect(() => requireLocalDisk(join(dir.path, 'elsewhere'), disks)).not.toThrow();
  });

  it('is refused where FUSE serves another machine, and taken where it serves a disk', () => {
    const point = dir.path;
    const remote = mounted(['/', 'ext4'], [point, 'fuse.sshfs']);
    const local = mounted(['/', 'fuse.sshfs'], [point, 'fuse.ntfs-3g']);

    expect(() => requireLocalDisk(join(point, 'state'), on(FUSE, remote))).toThrow(/sshfs/);
    expect(() => requireLocalDisk(join(point, 'state'), on(FUSE, local))).not.toThrow();
    expect(() => requireLocalDisk(join(point, 'state'), on(FUSE, ''))).not.toThrow();
  });

  it('that is no folder is refused as something its operator can put right', async () => {
    symlinkSync(join(dir.path, 'nowhere'), join(dir.path, 'dangling'));

    await expect(openDatabase(join(dir.path, 'dangling', 'db'))).rejects.toMatchObject({
      code: 'STATE_UNAVAILABLE',
      turn: 'operator',
    });
    expect(() => openLiveness(join(dir.path, 'dangling'), 'me')).toThrow(/not a folder/);
  });
});
