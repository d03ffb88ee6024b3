import { nextAction, type Timing } from '../domain/next-action.ts';
import { isTerminal, type TaskEvent } from '../domain/task.ts';
import type { AuditLog, Clock, Log, OnProgress, TaskRow, TaskStore } from '../ports.ts';
import type { Perform } from './effects.ts';
import type { AnalyzeTask } from './analyze-task.ts';

export interface DriverDeps {
  store: TaskStore;
  audit: AuditLog;
  perform: Perform;
  analyzeTask: AnalyzeTask;
  clock: Clock;
  log: Log;
  timing: Timing;
  /** Between two looks for tasks that want attention. */
  tickMs: number;
}

/** Longest sleep of a caller between two looks, so that a change made by another process is seen soon. */
export const LOOK_MS = 1000;

/** How long a look took; a clock that was set back meanwhile must not make the caller wait longer than it asked. */
export function elapsed(before: number, now: number): number {
  return now >= before ? now - before : LOOK_MS;
}

/** Moves tasks on: by its own timer, and at once where a caller asks. One loop per task at a time. */
export interface Driver {
  /** Drives what is due now and then for ever, until `stop`. Resumes tasks whose process has died. */
  start(): void;
  /** Ends the timer and every step under way; what was interrupted is taken up again by whoever starts next. */
  stop(): Promise<void>;
  /** Drives the task as far as it goes now, in the background; `analyze` lets the analysis begin as well. */
  nudge(id: string, options: { analyze: boolean }): void;
  /** Resolves when the task moved on, or `ms` passed. */
  changed(id: string, ms: number, signal: AbortSignal): Promise<void>;
  /** Hears the progress of the step under way; returns the way to stop listening. */
  listen(id: string, listener: OnProgress): () => void;
}

export function createDriver(deps: DriverDeps): Driver {
  const { clock, log, store } = deps;
  const shutdown = new AbortController();
  const bell = createBell(clock);
  const lanes = createLanes(shutdown.signal, log);
  const call = (id: string) => ({
    signal: shutdown.signal,
    progress: (progress: Parameters<OnProgress>[0]) => bell.tell(id, progress),
  });
  const commit = async (row: TaskRow, event: TaskEvent): Promise<TaskRow | null> => {
    const next = await store.record(row.task.id, row.fence, event, clock.now());
    await exportJournal(deps);
    bell.ring(row.task.id);
    return next;
  };
  const failedEarly = new Set<string>();
  const drive = (id: string): void => {
    lanes.run(`drive ${id}`, () => driveTask(deps, id, call(id), commit));
  };
  const analyze = (id: string, asked: boolean): void => {
    lanes.run(`analyze ${id}`, () => analyzeTask(deps, { id, asked, failedEarly }, call(id), commit));
  };
  const tick = async (): Promise<void> => {
    while (!shutdown.signal.aborted) {
      await lookForWork(deps, drive, (id) => analyze(id, false));
      await clock.sleep(deps.tickMs, shutdown.signal);
    }
  };
  return {
    start: () => lanes.run('tick', tick),
    stop: async () => {
      shutdown.abort();
      await lanes.settled();
    },
    nudge: (id, options) => {
      drive(id);
      if (options.analyze) {
        analyze(id, true);
      }
    },
    changed: bell.wait,
    listen: bell.listen,
  };
}

async function lookForWork(
  deps: DriverDeps,
  drive: (id: string) => void,
  analyze: (id: string) => void,
): Promise<void> {
  const { store, clock, log } = deps;
  await exportJournal(deps);
  try {
    for (const id of await store.due(clock.now())) {
      drive(id);
      analyze(id);
    }
  } catch (error) {
    log('error', 'looking for work failed', { error });
  }
}

/** Lines that can't be written now stay in the journal for the next time: nothing in Azure may wait for the audit. */
async function exportJournal({ store, audit, log }: DriverDeps): Promise<void> {
  try {
    await store.exportJournal((lines) => audit.append(lines));
  } catch (error) {
    log('error', 'the audit file could not be written; its lines are kept', { error });
  }
}

type Commit = (row: TaskRow, event: TaskEvent) => Promise<TaskRow | null>;
type Call = Parameters<Perform>[2];

/** One step after the other, each stored before the next begins, until there is nothing to do now. */
async function driveTask(deps: DriverDeps, id: string, call: Call, commit: Commit): Promise<void> {
  const idle = await deps.store.get(id);
  if (
    idle === null ||
    isTerminal(idle.task) ||
    (idle.task.state === 'analyzing' && idle.wish !== 'discard')
  ) {
    return;
  }
  let row = await deps.store.claim(id);
  while (row !== null && row.owner !== null && !call.signal.aborted) {
    const action = nextAction(row.task, row.wish, deps.clock.now(), deps.timing, row.fence);
    if (action.do === 'wait' || action.do === 'rest' || action.do === 'analyze') {
      return;
    }
    const event = action.do === 'record' ? action.event : await deps.perform(action, row.task, call);
    row = await commit(row, event);
  }
}

interface Wanted {
  id: string;
  /** A caller waits for it; else it is only the timer that asks. */
  asked: boolean;
  /** Tasks whose analysis failed while they were cleaned up; the next try waits until that is over. */
  failedEarly: Set<string>;
}

/** The analysis has a lane of its own, so that cleaning up in Azure never waits for it. */
async function analyzeTask(
  deps: DriverDeps,
  { id, asked, failedEarly }: Wanted,
  call: Call,
  commit: Commit,
): Promise<void> {
  const row = await deps.store.get(id);
  if (row === null || !mayAnalyze(row) || !(asked || row.task.autoAnalyze)) {
    return;
  }
  const isEarly = row.task.state === 'cleaning';
  if (isEarly && failedEarly.has(id)) {
    return;
  }
  const claimed = await deps.store.claim(id);
  if (claimed === null || !mayAnalyze(claimed)) {
    return;
  }
  const event = await deps.analyzeTask(claimed.task, call);
  failedEarly.delete(id);
  if (!isEarly || event.type === 'analyzed') {
    await commitWherever(deps, claimed, event, commit);
  } else {
    failedEarly.add(id);
  }
}

/** Cleaning may have ended, and with it our hold on the task, while the analysis ran. */
async function commitWherever(
  deps: DriverDeps,
  row: TaskRow,
  event: TaskEvent,
  commit: Commit,
): Promise<void> {
  if ((await commit(row, event)) === null) {
    const again = await deps.store.claim(row.task.id);
    if (again !== null) {
      await commit(again, event);
    }
  }
}

/** While cleaning is hindered the file is here already, and its reader need not wait for Azure. */
function mayAnalyze({ task, wish }: TaskRow): boolean {
  if (wish === 'discard' || isTerminal(task)) {
    return false;
  }
  return (
    task.state === 'analyzing' ||
    (task.state === 'cleaning' &&
      task.failures > 0 &&
      task.analysis === null &&
      task.outcome.kind === 'captured')
  );
}

/** At most one run per name; a second request attaches to the first by doing nothing. */
function createLanes(shutdown: AbortSignal, log: Log) {
  const running = new Map<string, Promise<void>>();
  return {
    run: (name: string, body: () => Promise<void>): void => {
      if (running.has(name)) {
        return;
      }
      const work = body()
        .catch((error: unknown) => {
          if (!shutdown.aborted) {
            log('error', 'background work failed', { name, error });
          }
        })
        .finally(() => running.delete(name));
      running.set(name, work);
    },
    settled: async (): Promise<void> => {
      await Promise.all(running.values());
    },
  };
}

function createBell(clock: Clock) {
  const waiting = new Map<string, Set<() => void>>();
  const listeners = new Map<string, Set<OnProgress>>();
  return {
    ring: (id: string): void => waiting.get(id)?.forEach((wake) => wake()),
    wait: async (id: string, ms: number, signal: AbortSignal): Promise<void> => {
      const woken = new AbortController();
      const wake = (): void => woken.abort();
      const sleepers = join(waiting, id, wake);
      await clock.sleep(ms, AbortSignal.any([woken.signal, signal]));
      leave(waiting, id, sleepers, wake);
    },
    tell: (id: string, progress: Parameters<OnProgress>[0]): void =>
      listeners.get(id)?.forEach((listener) => listener(progress)),
    listen: (id: string, listener: OnProgress): (() => void) => {
      const group = join(listeners, id, listener);
      return () => leave(listeners, id, group, listener);
    },
  };
}

function join<T>(groups: Map<string, Set<T>>, id: string, member: T): Set<T> {
  const group = groups.get(id) ?? new Set<T>();
  groups.set(id, group.add(member));
  return group;
}

function leave<T>(groups: Map<string, Set<T>>, id: string, group: Set<T>, member: T): void {
  group.delete(member);
  if (group.size === 0) {
    groups.delete(id);
  }
}
