import { isTerminal } from '../domain/task.ts';
import type { CallContext, TaskRow, TaskStore } from '../ports.ts';
import type { Bell } from './bell.ts';

/** Longest time between two looks at a row, so that a change made by another process is seen soon. */
export const LOOK_MS = 1000;

/**
 * Does a long piece of work for a task and ends it as soon as nobody wants it any more: null then. The wish may have
 * been noted by another process, so the row is looked at while the work goes on.
 */
export type Attend = <T>(
  row: TaskRow,
  call: CallContext,
  work: (call: CallContext) => Promise<T>,
) => Promise<T | null>;

export function createAttend(deps: { store: Pick<TaskStore, 'get' | 'claim'>; bell: Bell }): Attend {
  return async (row, call, work) => {
    const unwanted = new AbortController();
    const over = new AbortController();
    void watch(deps, row, AbortSignal.any([call.signal, over.signal]), () => unwanted.abort());
    try {
      const result = await work({ ...call, signal: AbortSignal.any([call.signal, unwanted.signal]) });
      return unwanted.signal.aborted ? null : result;
    } catch (error) {
      if (unwanted.signal.aborted && !call.signal.aborted) {
        return null;
      }
      throw error;
    } finally {
      over.abort();
    }
  };
}

/** A row that can't be read now says nothing, least of all that the work is in vain. */
async function watch(
  { store, bell }: Parameters<typeof createAttend>[0],
  row: TaskRow,
  over: AbortSignal,
  end: () => void,
): Promise<void> {
  const { id } = row.task;
  while (!over.aborted) {
    await bell.wait(id, LOOK_MS, over);
    const seen = over.aborted ? row : await keep(store, id).catch(() => row);
    if (seen === null || isUnwanted(seen, row)) {
      end();
      return;
    }
  }
}

/** Cleaning may end meanwhile and let the task go; whoever takes it then would begin the same work again. */
async function keep(store: Pick<TaskStore, 'get' | 'claim'>, id: string): Promise<TaskRow | null> {
  const row = await store.get(id);
  const isFree = row !== null && row.owner === null && !isTerminal(row.task);
  return isFree ? ((await store.claim(id)) ?? row) : row;
}

function isUnwanted(seen: TaskRow, row: TaskRow): boolean {
  const isTaken = seen.owner !== null && seen.owner !== row.owner;
  return seen.wish === 'discard' || isTerminal(seen.task) || isTaken;
}
