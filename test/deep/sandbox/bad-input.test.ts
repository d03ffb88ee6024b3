import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { execFileSync } from 'node:child_process';
import { afterAll, describe, expect, it } from 'vitest';
import { CaptureFacts } from '../../../src/domain/facts.ts';
import { Finding } from '../../../src/domain/finding.ts';
import { createMeasure } from '../../../src/forensics/measure/measure.ts';
import type { Sandbox } from '../../../src/ports.ts';
import { corpusCaptures, CORPUS_FOLDER } from '../../forensics/measure/corpus.ts';
import { generatedCaptures } from './bases.ts';
import { childProcesses, enginesHere } from './engines.ts';
import { hostWithCanary } from './host.ts';

const host = hostWithCanary();
const engines = await enginesHere(host.engines);
const whole = readFileSync(generatedCaptures(host.captures, 1)[0]?.path ?? '').subarray(0, 40_000);
const bad = corpusCaptures().filter(({ category }) => category === 'bad_input');
afterAll(() => host.remove());

/** Opens a session on a file and measures it there, as an analysis begins. */
async function measured(sandbox: Sandbox, path: string) {
  const signal = new AbortController().signal;
  const session = await sandbox.open({ capturePath: path, signal });
  try {
    const file = {
      path,
      bytes: readFileSync(path).length,
      sha256: () => Promise.resolve('0'.repeat(64)),
      format: 'pcap' as const,
    };
    const { facts, findings } = await createMeasure()(session, { file, signal, onProgress: () => undefined });
    CaptureFacts.parse(facts);
    Finding.array().parse(findings);
    return facts;
  } finally {
    await session.stop();
  }
}

/** How many whole records of a pcap lie in its first bytes. */
function records(pcap: Uint8Array): number {
  const view = Buffer.from(pcap);
  let count = 0;
  for (let at = 24; at + 16 <= view.length; count += 1) {
    at += 16 + view.readUInt32LE(at + 8);
    if (at > view.length) return count;
  }
  return count;
}

const lie = Buffer.alloc(16, 0xff);
const bigBlock = Buffer.from('0a0d0d0af0ffff7f4d3c2b1a01000000ffffffffffffffff', 'hex');

const gzipped = (...parts: Uint8Array[]): Buffer => Buffer.concat(parts.map((part) => gzipSync(part)));

/** Damaged files, how many packets can be read of each, and whether the damage has to be told. */
const DAMAGED: [string, Uint8Array, number, boolean][] = [
  ['an empty file', Buffer.alloc(0), 0, false],
  ['a header alone', whole.subarray(0, 24), 0, false],
  ['half a header', whole.subarray(0, 11), 0, true],
  ['text', Buffer.from('this is no capture\n'.repeat(100)), 0, true],
  ['a megabyte of zeros', Buffer.alloc(1024 ** 2), 0, true],
  ['a capture cut in a record', whole, records(whole), true],
  ['a record that claims 4 GiB', Buffer.concat([whole.subarray(0, 24), lie, whole]), 0, true],
  ['a block that claims 2 GiB', bigBlock, 0, true],
  ['a capture packed with gzip', gzipSync(whole), records(whole), true],
  ['a capture packed with zstd', zstdCompressSync(whole), records(whole), true],
  ['a gzip of several members', gzipped(whole.subarray(0, 99), whole.subarray(99)), records(whole), true],
  ['a gzip that ends in the middle', gzipSync(whole).subarray(0, 5_000), -1, true],
];

describe('bad input in the sandbox', () => {
  it('has an engine to be read in', () => {
    expect(engines.length).toBeGreaterThan(0);
  });

  for (const engine of engines) {
    describe(`on ${engine.name}`, () => {
      it.for(DAMAGED)('reads what can be read of %s', async ([name, content, packets, told]) => {
        const path = join(host.captures, `${name}.pcap`);
        writeFileSync(path, content, { mode: 0o644 });

        const { capture } = await measured(engine.sandbox, path);

        if (packets >= 0) expect(capture.packets).toBe(packets);
        expect(capture.damaged === null).toBe(!told);
      });

      it.for(bad)('reads $id to its last readable packet', async (capture) => {
        const facts = await measured(engine.sandbox, join(CORPUS_FOLDER, capture.file));

        expect(facts.capture.packets).toBe(capture.readable_packets ?? capture.basic.packets ?? 0);
      });

      it.for([
        '-r',
        'a,readonly=false,source=_etc',
        'a:b:rw',
        '$(id)`id`',
        'two\nlines',
        '"quoted\'',
        'é 日本 \u202e',
      ])('takes a capture whose name is %j for what it is', async (name) => {
        const path = join(host.captures, name);
        writeFileSync(path, whole, { mode: 0o644 });

        expect((await measured(engine.sandbox, path)).capture.packets).toBe(records(whole));
      });

      it('opens nothing that is not a regular file, and waits for no writer of a pipe', async () => {
        const folder = join(host.captures, `odd-${engine.name}`);
        const at = (name: string): string => join(folder, name);
        mkdirSync(folder);
        execFileSync('mkfifo', [at('fifo')]);
        symlinkSync('/dev/zero', at('device'));
        symlinkSync(folder, at('folder'));
        symlinkSync(at('loop'), at('loop'));
        const server = createServer().listen(at('socket'));
        const open = (path: string): Promise<unknown> =>
          engine.sandbox.open({ capturePath: path, signal: new AbortController().signal });

        for (const name of ['fifo', 'device', 'folder', 'socket']) {
          await expect(open(at(name)), name).rejects.toMatchObject({ code: 'NOT_A_CAPTURE' });
        }
        await expect(open(at('absent'))).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
        await expect(open(at('loop'))).rejects.toMatchObject({ name: 'CapwrightError' });
        await new Promise((resolve) => server.close(resolve));
      });

      it('leaves nothing of it on this machine', async () => {
        const before = host.fingerprint([]);
        const children = childProcesses();

        for (const [name] of DAMAGED.slice(0, 4))
          await measured(engine.sandbox, join(host.captures, `${name}.pcap`));

        expect(host.fingerprint([])).toBe(before);
        expect(await engine.leftovers()).toEqual([]);
        expect(childProcesses()).toEqual(children);
        expect(host.engineFiles()).toEqual([]);
      });
    });
  }
});
