import { describe, expect, it } from 'vitest';
import { ListTasksInput } from '../../src/domain/inputs.ts';
import { ask, check, createBench } from '../fakes/bench.ts';
import { quietCall } from '../fakes/orchestrator.ts';

const bench = createBench();
const list = (change: Record<string, unknown> = {}) => ListTasksInput.parse(change);

describe('stop_capture', () => {
  it('ends the session in Azure now and keeps what was captured', async () => {
    const one = await bench.start();
    const { task_id } = await one.startCapture(ask({ duration_seconds: 3000 }), quietCall);
    await one.checkTask(check(task_id, 10), quietCall);

    const stopped = await one.stopCapture({ task_id, discard: false, wait_seconds: 60 }, quietCall);
    const ended = await one.checkTask(check(task_id), quietCall);

    expect(stopped).toMatchObject({
      status: 'task_pending',
      capture_status: 'Stopped',
      stop_reason: 'Manual',
    });
    expect(ended).toMatchObject({ status: 'task_completed', stop_reason: 'Manual' });
    expect(bench.azure.seen.calls).toContain('stopCapture');
  });

  it('with discard ends cancelled, cleaned up, and with nothing downloaded', async () => {
    const one = await bench.start();
    const { task_id } = await one.startCapture(ask({ duration_seconds: 3000 }), quietCall);

    const ended = await one.discard(task_id, 240);

    expect(ended).toMatchObject({ status: 'task_cancelled', cleaned_up: true, capture_path: null });
    expect(bench.azure.sessions.size).toBe(0);
    expect(bench.azure.seen.calls).not.toContain('downloadBlob');
  });

  it('asked for before the session exists, stops it as soon as it does', async () => {
    const one = await bench.start();
    const { task_id } = await one.startCapture(ask({ duration_seconds: 3000 }), quietCall);
    await one.stopCapture({ task_id, discard: false, wait_seconds: 0 }, quietCall);

    const ended = await one.checkTask(check(task_id), quietCall);

    expect(ended).toMatchObject({ status: 'task_completed', stop_reason: 'Manual' });
  });

  it('changes nothing in a task that is over, and a later stop does not take a discard back', async () => {
    const one = await bench.start();
    const { task_id } = await one.startCapture(ask(), quietCall);
    await one.checkTask(check(task_id), quietCall);
    expect(await one.discard(task_id, 5)).toMatchObject({
      status: 'task_completed',
    });

    const second = await one.startCapture(ask({ duration_seconds: 3000 }), quietCall);
    await one.discard(second.task_id);
    await one.stopCapture({ task_id: second.task_id, discard: false, wait_seconds: 0 }, quietCall);
    const ended = await one.checkTask(check(second.task_id), quietCall);

    expect(ended.status).toBe('task_cancelled');
  });

  it('refuses an unknown task', async () => {
    const one = await bench.start();

    await expect(
      one.stopCapture({ task_id: 'x', discard: false, wait_seconds: 0 }, quietCall),
    ).rejects.toMatchObject({
      code: 'UNKNOWN_TASK',
    });
  });
});

describe('list_tasks', () => {
  it('pages through all tasks once, newest first, while new ones are made', async () => {
    const one = await bench.start();
    for (let n = 0; n < 7; n += 1) {
      await one.startCapture(ask({ target: `vm-${n}` }), quietCall);
      await bench.clock.sleep(1000);
    }

    const first = await one.listTasks(list({ limit: 3 }), quietCall);
    await one.startCapture(ask({ target: 'vm-new' }), quietCall);
    const second = await one.listTasks(list({ limit: 3, cursor: first.next_cursor }), quietCall);
    const third = await one.listTasks(list({ limit: 3, cursor: second.next_cursor }), quietCall);

    const names = [first, second, third].flatMap(({ tasks }) =>
      tasks.map(({ target }) => target.split('/').at(-1)),
    );
    expect(names).toEqual(['vm-6', 'vm-5', 'vm-4', 'vm-3', 'vm-2', 'vm-1', 'vm-0']);
    expect(third.next_cursor).toBeNull();
  });

  it('narrows by state, VM and session', async () => {
    const one = await bench.start();
    const done = await one.startCapture(ask({ target: 'vm-a', session_id: 's1' }), quietCall);
    await one.checkTask(check(done.task_id), quietCall);
    await one.startCapture(ask({ target: 'vm-b', session_id: 's1', duration_seconds: 3000 }), quietCall);
    await one.startCapture(ask({ target: 'vm-a', session_id: 's2', duration_seconds: 3000 }), quietCall);

    const count = async (change: Record<string, unknown>) =>
      (await one.listTasks(list(change), quietCall)).tasks.length;
    expect(await count({ states: ['completed'] })).toBe(1);
    expect(await count({ target: 'VM-A' })).toBe(2);
    expect(await count({ target: done.target })).toBe(2);
    expect(await count({ session_id: 's1' })).toBe(2);
    expect(await count({ session_id: 's1', target: 'vm-a', states: ['completed'] })).toBe(1);
  });

  it('says what to do where there is nothing to list', async () => {
    const one = await bench.start();

    expect((await one.listTasks(list(), quietCall)).next).toContain('start_capture');
  });

  it('refuses a cursor that it never gave', async () => {
    const one = await bench.start();

    await expect(one.listTasks(list({ cursor: 'made-up' }), quietCall)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });
});
