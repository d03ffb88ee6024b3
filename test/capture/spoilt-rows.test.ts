import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CleanupInput, ListTasksInput } from '../../src/domain/inputs.ts';
import { ask, check, createBench } from '../fakes/bench.ts';
import { openOrchestrator, quietCall } from '../fakes/orchestrator.ts';

const bench = createBench();

function change(sql: string, ...values: string[]): void {
  const db = new DatabaseSync(join(bench.dir, 'capwright.db'), { timeout: 5000 });
  db.prepare(sql).run(...values);
  db.close();
}

const SPOIL = {
  'damaged on disk': 'UPDATE task SET doc = substr(doc, 1, 40) WHERE id = ?',
  'written by a newer version': `UPDATE task SET doc = '{"hibernates":true,' || substr(doc, 2), state = 'hibernating' WHERE id = ?`,
};

describe.each(Object.entries(SPOIL))('a task whose record is %s', (_what, spoil) => {
  it('hinders no other task, keeps its VM and its capture, and is told once', async () => {
    const told: string[] = [];
    const log = (_level: string, message: string): void => void told.push(message);
    const { dir, clock, azure } = bench;
    const first = await openOrchestrator({ dir, clock, cloud: azure.cloud });
    first.driver.start();
    const lost = await first.startCapture(ask({ target: 'vm-lost', duration_seconds: 3000 }), quietCall);
    await bench.clock.sleep(10_000);
    await first.abandon();
    change(spoil, lost.task_id ?? '');
    const one = await bench.start({ log });
    one.driver.start();

    const other = await one.startCapture(ask({ target: 'vm-other' }), quietCall);
    const ended = await one.checkTask(check(other.task_id ?? ''), quietCall);
    const again = one.startCapture(ask({ target: 'vm-lost' }), quietCall);
    await expect(again).rejects.toMatchObject({ code: 'TASK_UNREADABLE', turn: 'operator' });
    const listed = await one.listTasks(ListTasksInput.parse({}), quietCall);
    const { items } = await one.cleanupOrphans(CleanupInput.parse({}), quietCall);
    await bench.clock.sleep(60_000);

    expect(ended.status).toBe('task_completed');
    expect(listed.tasks.map(({ task_id }) => task_id)).toEqual([other.task_id]);
    expect(listed.next).toContain(lost.task_id);
    expect(items).toMatchObject([{ kind: 'task', name: lost.task_id, action: 'keep' }]);
    expect([...bench.azure.sessions.keys()]).toEqual([lost.capture_name]);
    expect(told.filter((message) => message.includes('can not be read'))).toHaveLength(1);
    expect(told.filter((message) => message.includes('failed'))).toHaveLength(0);
    await expect(one.checkTask(check(lost.task_id ?? '', 0), quietCall)).rejects.toMatchObject({
      code: 'TASK_UNREADABLE',
    });
  });
});
