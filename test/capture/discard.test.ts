import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Analyze } from '../../src/forensics/analyze.ts';
import type { Cloud } from '../../src/ports.ts';
import { ask, check, createBench } from '../fakes/bench.ts';
import { quietCall } from '../fakes/orchestrator.ts';

const bench = createBench();

/** Work that goes on until it is told to end, and says when that was. */
function endless() {
  const begun = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<number>();
  const work = async (signal: AbortSignal): Promise<never> => {
    begun.resolve();
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    ended.resolve(bench.clock.now());
    throw signal.reason;
  };
  return { begun: begun.promise, ended: ended.promise, work };
}

/** A server in which the analysis of a task is under way. */
async function analysing() {
  const analysis = endless();
  const analyze: Analyze = async (_input, { signal }) => analysis.work(signal);
  const one = await bench.start({ analyze });
  one.driver.start();
  const { task_id } = await one.startCapture(ask(), quietCall);
  const asking = one.checkTask(check(task_id), quietCall);
  await analysis.begun;
  return { one, task_id, asking, analysis };
}

describe('a task that is discarded while it is analysed', () => {
  it('ends its analysis, and ends cancelled', async () => {
    const { one, task_id, asking, analysis } = await analysing();

    const cancelled = await one.discard(task_id, 60);
    await analysis.ended;

    expect(cancelled.status).toBe('task_cancelled');
    expect((await asking).status).toBe('task_cancelled');
    expect((await one.store.journal(task_id)).at(-1)?.event.type).toBe('cancel_requested');
  });

  it('ends its analysis soon also where another process was asked', async () => {
    const { one, task_id, asking, analysis } = await analysing();
    const two = await bench.start();
    const before = bench.clock.now();

    const cancelled = await two.discard(task_id, 60);

    expect((await analysis.ended) - before).toBeLessThanOrEqual(2000);
    expect(cancelled.status).toBe('task_cancelled');
    await asking;
    expect(await one.store.get(task_id)).toMatchObject({ owner: null, task: { state: 'cancelled' } });
  });

  it('that another process took over is analysed by that one alone', async () => {
    const { one, task_id, asking, analysis } = await analysing();
    const row = (await one.store.get(task_id)) ?? expect.fail();
    const read = one.store.get.bind(one.store);
    one.store.get = async () => ({ ...row, owner: 'somebody else', fence: row.fence + 1 });

    await analysis.ended;

    one.store.get = read;
    await one.discard(task_id, 60);
    expect((await asking).status).toBe('task_cancelled');
  });
});

describe('a task that is discarded while it is downloaded', () => {
  it('ends its download and is cleaned up at once', async () => {
    const download = endless();
    const cloud: Cloud = {
      ...bench.azure.cloud,
      downloadBlob: (_url, _path, { signal }) => download.work(signal),
    };
    const one = await bench.start({ cloud });
    one.driver.start();
    const two = await bench.start({ cloud });
    const { task_id } = await one.startCapture(ask(), quietCall);
    await download.begun;
    const before = bench.clock.now();

    const ended = await two.discard(task_id, 240);

    expect((await download.ended) - before).toBeLessThanOrEqual(2000);
    expect(ended).toMatchObject({ status: 'task_cancelled', cleaned_up: true, capture_path: null });
    expect(bench.azure.sessions.size).toBe(0);
  });

  it('leaves nothing of what it had begun, and claims no file in storage', async () => {
    const download = endless();
    const captures = join(bench.dir, 'captures');
    const cloud: Cloud = {
      ...bench.azure.cloud,
      downloadBlob: async (_url, path, { signal }) => {
        writeFileSync(`${path}.ab.part`, 'half');
        writeFileSync(`${path}.ab.note.part`, '{}');
        return download.work(signal);
      },
    };
    const one = await bench.start({ cloud });
    one.driver.start();
    const { task_id } = await one.startCapture(ask(), quietCall);
    const asking = one.checkTask(check(task_id), quietCall);
    await download.begun;
    expect(readdirSync(captures)).toHaveLength(2);

    const ended = await one.discard(task_id, 60);

    expect(ended).toMatchObject({ status: 'task_cancelled', cleaned_up: true, blob_kept: null });
    expect(readdirSync(captures)).toEqual([]);
    await asking;
  });
});
