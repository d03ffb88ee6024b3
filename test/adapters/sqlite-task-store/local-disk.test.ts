import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { requireLocalDisk } from '../../../src/adapters/sqlite-task-store/local-disk.ts';

describe('the state directory', () => {
  it.each([
    ['NFS', 0x6969],
    ['CIFS', 0xff534d42],
    ['CIFS as a signed number', 0xff534d42 | 0],
  ])('is refused on %s, with the way out', (_name, type) => {
    expect(() => requireLocalDisk('/anywhere', () => type)).toThrow(/network file system/);
  });

  it('is taken on this disk', () => {
    expect(() => requireLocalDisk(tmpdir())).not.toThrow();
  });
});
