import { z } from 'zod';
import { CapwrightError } from '../../src/domain/errors.ts';
import type { Task } from '../../src/domain/task.ts';
import type { TaskPage, TaskQuery } from '../../src/ports.ts';

const Cursor = z.tuple([z.number(), z.string()]);

/** One page of the given tasks, newest first; its cursor is the key of its last task. */
export function pageOf(tasks: readonly Task[], query: TaskQuery): TaskPage {
  const after = query.cursor === null ? null : decode(query.cursor);
  const found = tasks
    .filter((task) => fits(task, query) && (after === null || newestFirst(after, keyOf(task)) < 0))
    .toSorted((a, b) => newestFirst(keyOf(a), keyOf(b)));
  const shown = found.slice(0, query.limit);
  const last = shown.at(-1);
  return {
    tasks: shown,
    unreadable: [],
    cursor: found.length > shown.length && last !== undefined ? JSON.stringify(keyOf(last)) : null,
  };
}

function fits(task: Task, { states, vm, sessionId }: TaskQuery): boolean {
  const name = vm?.includes('/') === true ? task.plan.vmId : task.plan.vmName;
  return (
    (states.length === 0 || states.includes(task.state)) &&
    (vm === null || name.toLowerCase() === vm.toLowerCase()) &&
    (sessionId === null || task.sessionId === sessionId)
  );
}

type Key = z.infer<typeof Cursor>;

function keyOf(task: Task): Key {
  return [task.createdAt, task.id];
}

function newestFirst(a: Key, b: Key): number {
  return b[0] - a[0] || (a[1] === b[1] ? 0 : a[1] < b[1] ? 1 : -1);
}

function decode(cursor: string): Key {
  try {
    return Cursor.parse(JSON.parse(cursor));
  } catch {
    throw new CapwrightError('INVALID_ARGUMENT', 'The cursor is none of ours.', 'Leave it out.');
  }
}
