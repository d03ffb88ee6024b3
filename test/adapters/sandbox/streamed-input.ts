import { createHash } from 'node:crypto';
import { expect, it, vi } from 'vitest';
import type { SandboxSession } from '../../../src/ports.ts';
import { bash } from './docker/support.ts';

const MIB = 1024 ** 2;

/** A producer that counts what was asked of it. */
function producer(chunkBytes: number, chunks: number, fail?: Error) {
  const seen = { chunks: 0, bytes: 0, returned: 0, hash: createHash('md5') };
  const iterator: AsyncIterableIterator<Uint8Array> = {
    [Symbol.asyncIterator]: () => iterator,
    next: async () => {
      if (seen.chunks >= chunks) {
        if (fail !== undefined) throw fail;
        return { done: true, value: undefined };
      }
      seen.chunks += 1;
      seen.bytes += chunkBytes;
      const chunk = new Uint8Array(chunkBytes).fill(seen.chunks);
      seen.hash.update(chunk);
      return { done: false, value: chunk };
    },
    return: async () => {
      seen.returned += 1;
      return { done: true, value: undefined };
    },
  };
  return { seen, stdin: iterator };
}

const never = (): Promise<never> => new Promise(() => undefined);

/** One chunk, and then nothing for ever; not even its `return` is ever answered. */
function stalled() {
  const seen = { returned: 0 };
  let asked = 0;
  const iterator: AsyncIterableIterator<Uint8Array> = {
    [Symbol.asyncIterator]: () => iterator,
    next: () => {
      asked += 1;
      return asked === 1 ? Promise.resolve({ done: false, value: Buffer.from('first\n') }) : never();
    },
    return: () => {
      seen.returned += 1;
      return never();
    },
  };
  return { seen, stdin: iterator };
}

async function* odd() {
  yield Buffer.from('a');
  yield new Uint8Array();
  yield Buffer.from('bc\n');
}

async function* none() {}

/** What every engine promises of a command whose input is produced while it runs. */
export function promisesOfStreamedInput(session: () => SandboxSession): void {
  const expectUsable = async (): Promise<void> => {
    expect((await bash(session(), 'echo fine')).stdout).toBe('fine\n');
  };

  it('writes hundreds of megabytes to a command, whole and in order, and then the end', async () => {
    const { seen, stdin } = producer(MIB, 256);

    const result = await bash(session(), 'md5sum; echo over', { stdin });

    expect(result).toMatchObject({ outcome: 'exit', exitCode: 0 });
    expect(result.stdout).toBe(`${seen.hash.digest('hex')}  -\nover\n`);
    expect(seen).toMatchObject({ bytes: 256 * MIB, returned: 0 });
  });

  it('writes chunks of every size, none and empty ones too', async () => {
    expect((await bash(session(), 'cat', { stdin: odd() })).stdout).toBe('abc\n');
    expect((await bash(session(), 'wc -c', { stdin: none() })).stdout).toBe('0\n');
  });

  it('answers while more is still to come', async () => {
    const answered = Promise.withResolvers<void>();
    async function* conversation() {
      yield Buffer.from('question\n');
      await answered.promise;
      yield Buffer.from('thanks\n');
    }
    let heard = '';

    const result = await bash(session(), 'while read -r line; do echo "heard $line"; done', {
      stdin: conversation(),
      onStdout: (chunk) => {
        heard += Buffer.from(chunk).toString();
        if (heard.includes('heard question')) answered.resolve();
      },
    });

    expect(result.outcome).toBe('exit');
    expect(heard).toBe('heard question\nheard thanks\n');
  });

  it('stops asking, and tells the producer, when the command ends without reading', async () => {
    const { seen, stdin } = producer(MIB, Number.POSITIVE_INFINITY);

    const result = await bash(session(), 'sleep 0.3; echo done; exit 4', { stdin });

    expect(result).toMatchObject({ stdout: 'done\n', exitCode: 4, outcome: 'exit' });
    expect(seen.returned).toBe(1);
    // What the kernel buffers, and one chunk in hand.
    expect(seen.bytes).toBeLessThan(16 * MIB);
    await expectUsable();
  });

  it('ends with the command even where the producer never gives another chunk', async () => {
    const { seen, stdin } = stalled();

    const result = await bash(session(), 'read -r line; echo "got $line"', { stdin });

    expect(result).toMatchObject({ stdout: 'got first\n', outcome: 'exit', exitCode: 0 });
    expect(seen.returned).toBe(1);
    await expectUsable();
  });

  it('keeps the time limit where the producer never gives another chunk', async () => {
    const { seen, stdin } = stalled();

    const result = await bash(session(), 'cat', { stdin, timeoutMs: 700 });

    expect(result).toMatchObject({ outcome: 'timeout' });
    expect(seen.returned).toBe(1);
    await expectUsable();
  });

  it('lets go of the producer when the command is cancelled in the middle', async () => {
    const { seen, stdin } = producer(64 * 1024, Number.POSITIVE_INFINITY);
    const cancel = new AbortController();

    const running = bash(session(), 'cat >/dev/null', { stdin, signal: cancel.signal });
    await vi.waitFor(() => expect(seen.bytes).toBeGreaterThan(4 * MIB), { timeout: 20_000 });
    cancel.abort();

    expect(await running).toMatchObject({ outcome: 'cancelled' });
    expect(seen.returned).toBe(1);
    const before = seen.chunks;
    await expectUsable();
    expect(seen.chunks).toBe(before);
  });

  it('lets go of the producer when the command is killed in the middle', async () => {
    const { seen, stdin } = producer(64 * 1024, Number.POSITIVE_INFINITY);

    const result = await bash(session(), 'head -c 5000000 >/dev/null; kill -KILL $$', { stdin });

    expect(result.isError).toBe(true);
    expect(seen.bytes).toBeGreaterThan(5_000_000);
    expect(seen.returned).toBe(1);
    await expectUsable();
  });

  it('ends the command and throws what the producer threw', async () => {
    const { stdin } = producer(1_000, 3, new Error('producer broke'));

    const broken = bash(session(), 'cat; echo read to the end', { stdin });

    await expect(broken).rejects.toThrow('producer broke');
    await expectUsable();
  });

  it('asks nothing of a producer whose command never starts', async () => {
    const { seen, stdin } = producer(1_000, 3);

    const result = await bash(session(), 'cat', { stdin, signal: AbortSignal.abort() });

    expect(result.outcome).toBe('cancelled');
    expect(seen).toMatchObject({ chunks: 0, returned: 0 });
  });
}
