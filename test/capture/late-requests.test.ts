import { describe, expect, it } from 'vitest';
import { CapwrightError } from '../../src/domain/errors.ts';
import type { Cloud } from '../../src/ports.ts';
import { ask, check, createBench } from '../fakes/bench.ts';
import { openOrchestrator, quietCall, TIMING } from '../fakes/orchestrator.ts';

const bench = createBench();

/** The first request to create is answered by nobody, and reaches Azure only after `ms`. */
function withLateRequest(cloud: Cloud, ms: number, answer: (signal: AbortSignal) => Promise<never>): Cloud {
  let isFirst = true;
  return {
    ...cloud,
    ensureCapture: (plan, signal) => {
      if (!isFirst) {
        return cloud.ensureCapture(plan, signal);
      }
      isFirst = false;
      void bench.clock.sleep(ms).then(() => cloud.ensureCapture(plan, new AbortController().signal));
      return answer(signal);
    },
  };
}

const noAnswer = async (): Promise<never> => {
  throw new CapwrightError('AZURE_UNAVAILABLE', 'no answer', 'again');
};
const never = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('cut off')));
  });

describe('a create request that nobody answered', () => {
  it('leaves nothing behind where it arrives after the capture was seen, used and deleted', async () => {
    const late = TIMING.lateMs - 5000;
    const one = await bench.start({ cloud: withLateRequest(bench.azure.cloud, late, noAnswer) });
    one.driver.start();
    const { task_id } = await one.startCapture(ask({ duration_seconds: 5 }), quietCall);
    await bench.clock.sleep(30_000);
    const waiting = await one.checkTask(check(task_id ?? '', 0), quietCall);
    const refused = one.startCapture(ask(), quietCall);

    await expect(refused).rejects.toMatchObject({ code: 'VM_BUSY' });
    await bench.clock.sleep(200_000);

    expect(bench.azure.seen.calls.filter((call) => call === 'deleteCapture').length).toBeGreaterThan(1);
    expect(waiting).toMatchObject({ state: 'cleaning', cleaned_up: false });
    expect(bench.azure.creations).toHaveLength(2);
    expect(bench.azure.sessions.size).toBe(0);
    expect(await one.checkTask(check(task_id ?? ''), quietCall)).toMatchObject({ status: 'task_completed' });
  });

  it('of a process that died is reckoned with by the one that takes the task over', async () => {
    const { azure, clock, dir } = bench;
    const first = await openOrchestrator({
      dir,
      clock,
      cloud: withLateRequest(azure.cloud, 50_000, never),
    });
    const { task_id } = await first.startCapture(ask({ duration_seconds: 3000 }), quietCall);
    await clock.sleep(5000);
    await first.abandon();
    const two = await bench.start();
    two.driver.start();

    await two.discard(task_id ?? '');
    await clock.sleep(20_000);
    const early = (await two.store.get(task_id ?? ''))?.task;
    await clock.sleep(200_000);

    expect(early).toMatchObject({ state: 'cleaning' });
    expect((await two.store.get(task_id ?? ''))?.task.state).toBe('cancelled');
    expect(azure.creations.length).toBeGreaterThan(0);
    expect(azure.sessions.size).toBe(0);
    expect((await two.store.journal(task_id ?? '')).map(({ event }) => event.type)).toContain('taken_over');
  });

  it('costs a task nothing where Azure did answer', async () => {
    let busy = 2;
    bench.azure.knobs.mishap = (call, _n, phase) => {
      if (call === 'ensureCapture' && phase === 'before' && busy-- > 0) {
        throw new CapwrightError('AZURE_BUSY', 'wait', 'again');
      }
    };
    const one = await bench.start();
    one.driver.start();
    const { task_id } = await one.startCapture(ask({ duration_seconds: 5, auto_analyze: true }), quietCall);
    await bench.clock.sleep(40_000);

    expect((await one.store.get(task_id ?? ''))?.task).toMatchObject({
      state: 'completed',
      unclearUntil: null,
    });
  });
});

const hidden = (ms: number): Cloud => {
  const { cloud } = bench.azure;
  const until = bench.clock.now() + ms;
  return {
    ...cloud,
    readCapture: (plan, signal, look) =>
      bench.clock.now() < until ? Promise.resolve(null) : cloud.readCapture(plan, signal, look),
  };
};

describe('a capture that Azure does not show', () => {
  it('at once after it was made is looked for again', async () => {
    const one = await bench.start({ cloud: hidden(20_000) });
    const { task_id } = await one.startCapture(ask(), quietCall);

    expect(await one.checkTask(check(task_id ?? ''), quietCall)).toMatchObject({ status: 'task_completed' });
  });

  it('for longer than an answer may be old has vanished', async () => {
    const one = await bench.start({ cloud: hidden(3_600_000) });
    const { task_id } = await one.startCapture(ask(), quietCall);

    expect(await one.checkTask(check(task_id ?? ''), quietCall)).toMatchObject({
      status: 'task_failed',
      problem: { code: 'CAPTURE_VANISHED' },
    });
    expect(bench.azure.sessions.size).toBe(0);
  });
});

describe('an outage', () => {
  it('longer than every deadline ends no task, and loses no capture', async () => {
    let down = false;
    bench.azure.knobs.mishap = (_call, _n, phase) => {
      if (down && phase === 'before') {
        throw new CapwrightError('AZURE_UNAVAILABLE', 'down', 'wait');
      }
    };
    const one = await bench.start();
    one.driver.start();
    const { task_id } = await one.startCapture(ask({ duration_seconds: 30 }), quietCall);
    await bench.clock.sleep(10_000);
    down = true;
    await bench.clock.sleep(3 * 3_600_000);
    const during = await one.checkTask(check(task_id ?? '', 0), quietCall);
    down = false;
    await bench.clock.sleep(600_000);

    expect(during).toMatchObject({ state: 'capturing', problem: { code: 'AZURE_UNAVAILABLE' } });
    expect(await one.checkTask(check(task_id ?? ''), quietCall)).toMatchObject({
      status: 'task_completed',
      cleaned_up: true,
      files: [{}],
    });
  });
});
