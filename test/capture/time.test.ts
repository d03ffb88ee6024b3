import { describe, expect, it } from 'vitest';
import type { Clock, Cloud } from '../../src/ports.ts';
import { ask, check, createBench } from '../fakes/bench.ts';
import { openOrchestrator, quietCall, type Orchestrator } from '../fakes/orchestrator.ts';

const bench = createBench();
const HOURS = 10 * 3_600_000;

/** The bench's clock with a knob that sets it forward, as a sleep of the machine does, or back. */
function adjustable() {
  const knob = { offset: 0 };
  const clock: Clock = {
    now: () => bench.clock.now() + knob.offset,
    sleep: (ms, signal) => bench.clock.sleep(ms, signal),
  };
  return { clock, knob };
}

/** Starts a capture in a server that is killed at the first use of one call to Azure, before or after it acts. */
async function killedAt(call: keyof Cloud, acts: boolean): Promise<string> {
  const never = new Promise<never>(() => {});
  const reached = Promise.withResolvers<void>();
  const cloud = new Proxy(bench.azure.cloud, {
    get: (target, name, receiver) => {
      const method: unknown = Reflect.get(target, name, receiver);
      return name !== call || typeof method !== 'function'
        ? method
        : async (...args: unknown[]) => {
            if (acts) {
              await method.apply(target, args);
            }
            reached.resolve();
            return never;
          };
    },
  });
  const first = await openOrchestrator({ dir: bench.dir, clock: bench.clock, cloud });
  first.driver.start();
  const { task_id } = await first.startCapture(ask(), quietCall);
  await reached.promise;
  await first.abandon();
  return task_id;
}

async function tenHoursLater(id: string): ReturnType<Orchestrator['checkTask']> {
  await bench.clock.sleep(HOURS);
  const second = await bench.start();
  second.driver.start();
  return second.checkTask(check(id), quietCall);
}

describe('a server that comes back after hours', () => {
  it('takes up a capture whose creation it never heard the end of', async () => {
    const id = await killedAt('ensureCapture', true);

    expect(await tenHoursLater(id)).toMatchObject({ status: 'task_completed' });
    expect(bench.azure.creations).toHaveLength(1);
  });

  it('creates nothing any more for a request that was to be served hours ago', async () => {
    const id = await killedAt('ensureCapture', false);

    expect(await tenHoursLater(id)).toMatchObject({ status: 'task_timed_out' });
    expect(bench.azure.creations).toEqual([]);
  });

  it('fetches the file of a session that ended meanwhile, without stopping it once more', async () => {
    const id = await killedAt('readCapture', false);

    expect(await tenHoursLater(id)).toMatchObject({ status: 'task_completed' });
    expect(bench.azure.seen.calls).not.toContain('stopCapture');
  });

  it.each(['blobSize', 'downloadBlob'] as const)(
    'goes on with the download that %s was cut off',
    async (call) => {
      const id = await killedAt(call, false);

      expect(await tenHoursLater(id)).toMatchObject({ status: 'task_completed' });
    },
  );
});

describe('a clock that is set back', () => {
  it('holds up neither the task nor its caller, and can still be told as progress', async () => {
    const { clock, knob } = adjustable();
    const one = await bench.start({ clock });
    one.driver.start();
    const { task_id } = await one.startCapture(ask(), quietCall);
    await bench.clock.sleep(10_000);
    knob.offset = -HOURS;
    const before = bench.clock.now();

    const pending = await one.checkTask(check(task_id, 5), quietCall);

    expect(bench.clock.now() - before).toBeLessThan(10_000);
    expect(pending).toMatchObject({ state: 'capturing' });
    expect(pending.progress).toBeGreaterThanOrEqual(0.1);
    expect(pending.progress).toBeLessThan(0.3);
    await bench.clock.sleep(60_000);
    expect((await one.store.get(task_id))?.task.state).toBe('analyzing');
  });
});
