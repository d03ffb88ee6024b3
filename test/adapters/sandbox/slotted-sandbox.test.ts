import { describe, expect, it } from 'vitest';
import { createSlots } from '../../../src/adapters/sandbox/slots.ts';
import { createSlottedSandbox } from '../../../src/adapters/sandbox/slotted-sandbox.ts';
import type { Sandbox } from '../../../src/ports.ts';
import { createFakeSandbox } from '../../fakes/sandbox.ts';

const signal = new AbortController().signal;
const capturePath = 'capture.pcap';

/** One slot in front of a sandbox that may fail to open, or to stop. */
function oneSlot(fail: Partial<Record<'open' | 'stop', boolean>> = {}) {
  const fake = createFakeSandbox(() => ({}));
  const behind: Sandbox = {
    ...fake,
    async open(options) {
      if (fail.open === true) throw new Error('it does not open');
      const session = await fake.open(options);
      return {
        ...session,
        stop: () => (fail.stop === true ? Promise.reject(new Error('it does not stop')) : session.stop()),
      };
    },
  };
  return {
    fail,
    fake,
    sandbox: createSlottedSandbox(behind, createSlots({ atOnce: 1, longestQueue: 1 })),
  };
}

describe('a sandbox with one slot', () => {
  it('opens the second session when the first has stopped, and says who waits', async () => {
    const { sandbox, fake } = oneSlot();
    const ahead: number[] = [];
    const first = await sandbox.open({ capturePath, signal });
    const second = sandbox.open({ capturePath, signal, onWait: (count) => ahead.push(count) });

    await expect(sandbox.open({ capturePath, signal })).rejects.toMatchObject({ code: 'SANDBOX_BUSY' });
    expect(fake.opened).toBe(1);
    await first.stop();
    await (await second).stop();

    expect(fake).toMatchObject({ opened: 2, stopped: 2 });
    expect(ahead).toEqual([0]);
  });

  it('frees the slot once for a session that is stopped twice', async () => {
    const { sandbox, fake } = oneSlot();
    const first = await sandbox.open({ capturePath, signal });
    await Promise.all([first.stop(), first.stop()]);
    const second = await sandbox.open({ capturePath, signal });
    const third = sandbox.open({ capturePath, signal });
    await first.stop();
    await new Promise((resolve) => setImmediate(resolve));

    expect(fake.opened).toBe(2);
    await second.stop();
    await (await third).stop();
  });

  it('frees the slot where opening fails, and where stopping does', async () => {
    const { sandbox, fail } = oneSlot({ open: true });
    await expect(sandbox.open({ capturePath, signal })).rejects.toThrow('does not open');
    Object.assign(fail, { open: false, stop: true });
    const session = await sandbox.open({ capturePath, signal });
    await expect(session.stop()).rejects.toThrow('does not stop');

    await expect(sandbox.open({ capturePath, signal })).resolves.toBeDefined();
  });

  it('keeps what a session says of itself', async () => {
    const { sandbox } = oneSlot();
    const session = await sandbox.open({ capturePath, signal });

    expect(session).toMatchObject({
      isolation: { engine: 'none' },
      tsharkVersion: expect.stringMatching(/^TShark/),
      tools: expect.arrayContaining(['jq-1.7']),
    });
  });
});
