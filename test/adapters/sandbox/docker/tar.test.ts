import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { tarOfOne } from '../../../../src/adapters/sandbox/docker/tar.ts';

async function* chunksOf(...chunks: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

async function archive(bytes: number, ...chunks: Uint8Array[]): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of tarOfOne('capture.pcap', bytes, chunksOf(...chunks))) parts.push(part);
  return Buffer.concat(parts);
}

/** What the machine's own tar makes of an archive. */
const tar = (input: Buffer, ...flags: string[]) => spawnSync('tar', flags, { input, encoding: 'utf8' });

describe('an archive of one file', () => {
  it.each([0, 1, 511, 512, 513, 100_000])('of %i bytes is what tar reads', async (bytes) => {
    const content = Buffer.alloc(bytes, 'capwright');
    const made = await archive(bytes, content.subarray(0, 300), content.subarray(300));

    expect(tar(made, '-xOf', '-')).toMatchObject({ status: 0, stdout: content.toString(), stderr: '' });
    expect(tar(made, '--numeric-owner', '-tvf', '-').stdout).toMatch(
      /^-r--r--r-- 0\/0 +\d+ .* capture\.pcap\n$/,
    );
  });

  it.each([8 * 1024 ** 3 - 1, 8 * 1024 ** 3, 5 * 1024 ** 4])('can say %i bytes', async (bytes) => {
    const { value: header } = await tarOfOne('capture.pcap', bytes, chunksOf()).next();

    expect(tar(Buffer.from(header ?? []), '-tvf', '-').stdout).toContain(` ${bytes} `);
  });

  it.each([
    ['shorter', 10, Buffer.alloc(9)],
    ['longer', 10, Buffer.alloc(11)],
  ])('is not made of a file that turns out %s', async (_name, bytes, content) => {
    await expect(archive(bytes, content)).rejects.toMatchObject({ code: 'SANDBOX_FAILED' });
  });
});
