import { describe, expect, it } from 'vitest';
import { createReader } from '../../../src/adapters/sqlite-task-store/rows.ts';
import type { Task } from '../../../src/domain/task.ts';
import { sampleTask } from '../../fakes/task.ts';

const rowOf = (task: Task, change: Record<string, string> = {}) => ({
  id: task.id,
  doc: JSON.stringify(task),
  owner: 'me',
  fence: 1,
  wish: null,
  ...change,
});

describe('reading rows of tasks', () => {
  it('checks a document once, and gives it again only as long as it is the same', () => {
    const reader = createReader(() => {});
    const task = sampleTask({ id: 't' });
    const first = reader.one(rowOf(task));

    expect(first.task).toEqual(task);
    expect(reader.one(rowOf(task, { owner: 'other' }))).toMatchObject({ owner: 'other' });
    expect(reader.one(rowOf(task)).task).toBe(first.task);
    expect(reader.one(rowOf({ ...task, updatedAt: 7 })).task.updatedAt).toBe(7);
    expect(reader.one(rowOf(task)).task).not.toBe(first.task);
  });

  it('does not give what it knew where the record was damaged since, or lies under another id', () => {
    const told: string[] = [];
    const reader = createReader((id) => told.push(id));
    const task = sampleTask({ id: 't' });
    reader.one(rowOf(task));

    expect(reader.all([rowOf(task, { doc: '{' }), rowOf(task, { id: 'u' })])).toEqual([]);
    expect(reader.all([rowOf(task, { id: 'u' })])).toEqual([]);
    expect(told).toEqual(['t', 'u']);
  });

  it('keeps no more than it may: neither every task nor a large one', () => {
    const reader = createReader(() => {});
    const tasks = Array.from({ length: 1001 }, (_, n) => sampleTask({ id: `t${n}` }));
    const large = sampleTask({ id: 'large', parameters: { filler: 'x'.repeat(20_000) } });
    const before = tasks.map((task) => reader.one(rowOf(task)).task);

    expect(reader.one(rowOf(sampleTask({ id: 't1000' }))).task).toBe(before.at(-1));
    expect(reader.one(rowOf(sampleTask({ id: 't0' }))).task).not.toBe(before[0]);
    expect(reader.one(rowOf(large)).task).not.toBe(reader.one(rowOf(large)).task);
  });
});
