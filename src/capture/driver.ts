import { CapwrightError } from '../domain/errors.ts';
import { nextAction, type Timing } from '../domain/next-action.ts';
import { isTerminal, type TaskEvent } from '../domain/task.ts';
import type { AuditLog, Clock, Log, OnProgress, TaskRow, TaskStore } from '../ports.ts';
import type { AnalyzeTask } from './analyze-task.ts';
import { createAttend, LOOK_MS, type Attend } from './attend.ts';
import { createBell } from './bell.ts';
import type { Perform } from './effects.ts';
import { createLanes } from './lanes.ts';
import { createPatience, type Patience } from './patience.ts';
import type { RestoreAudit } from './restore-audit.ts';

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
  /** Done beside everything else, again and again. */
  restoreAudit: RestoreAudit;
}

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
  const call = (id: string): Call => ({
    signal: shutdown.signal,
    progress: (progress) => bell.tell(id, progress),
  });
  const exportLines = createExport(deps);
  const attend = createAttend({ store, bell });
  const commit = async (row: TaskRow, event: TaskEvent): Promise<TaskRow | null> => {
    const next = await insist(deps, shutdown.signal, () =>
      store.record(row.task.id, row.fence, event, clock.now()),
    );
    await exportLines();
    bell.ring(row.task.id);
    return next;
  };
  const steps: Steps = { ...deps, commit, attend };
  const failedEarly = new Set<string>();
  const patience = createPatience();
  const drive = (id: string): void => lanes.run(`drive ${id}`, () => driveTask(steps, id, call(id)));
  const analyze = (id: string, asked: boolean): void =>
    lanes.run(`analyze ${id}`, () => analyzeTask(steps, { id, asked, failedEarly, patience }, call(id)));
  const tick = async (): Promise<void> => {
    while (!shutdown.signal.aborted) {
      await exportLines();
      lanes.run('restore audit', deps.restoreAudit);
      lanes.run('look for work', async () => {
        for (const id of await store.due(clock.now())) {
          drive(id);
          analyze(id, false);
        }
      });
      await clock.sleep(deps.tickMs, shutdown.signal);
    }
  };
  return {
    start: () => {
      lanes.run('tick', tick);
    },
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

/** Lines that can't be written now stay in the journal for the next time: nothing in Azure may wait for the audit. */
function createExport({ store, audit, log }: DriverDeps): () => Promise<void> {
  let failing = '';
  return async () => {
    try {
      await store.exportJournal((lines) => audit.append(lines));
      failing = '';
    } catch (error) {
      if (failing !== String(error)) {
        log('error', 'the audit file could not be written; its lines are kept', { error });
      }
      failing = String(error);
    }
  };
}

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;

/** What a step has found out is kept in hand until it is stored: a full disk must not make Azure do it again. */
async function insist<T>(
  { clock, log }: DriverDeps,
  signal: AbortSignal,
  store: () => Promise<T>,
): Promise<T> {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    try {
      return await store();
    } catch (error) {
      if (signal.aborted || !(error instanceof CapwrightError) || !error.retryable) {
        throw error;
      }
      if (pause === FIRST_PAUSE_MS) {
        log('error', 'a step could not be stored; it is tried until it can', { error });
      }
    }
    await clock.sleep(pause, signal);
    signal.throwIfAborted();
  }
}

interface Steps extends DriverDeps {
  /** Stores what came of a step, and has it told; null where the task is not ours any more. */
  commit: (row: TaskRow, event: TaskEvent) => Promise<TaskRow | null>;
  attend: Attend;
}
type Call = Parameters<Perform>[2];

/** One step after the other, each stored before the next begins, until there is nothing to do now. */
async function driveTask(steps: Steps, id: string, call: Call): Promise<void> {
  const { store, clock, timing, commit } = steps;
  const idle = await store.get(id);
  if (
    idle === null ||
    isTerminal(idle.task) ||
    (idle.task.state === 'analyzing' && idle.wish !== 'discard')
  ) {
    return;
  }
  let row = await store.claim(id);
  while (row !== null && row.owner !== null && !call.signal.aborted) {
    const action = nextAction(row.task, row.wish, clock.now(), timing, row.fence);
    if (action.do === 'wait' || action.do === 'rest' || action.do === 'analyze') {
      return;
    }
    const event = action.do === 'record' ? action.event : await step(steps, action, row, call);
    row = event === null ? await store.claim(id) : await commit(row, event);
  }
}

/** A download can last for hours, and nobody shall wait for the end of one that is not wanted any more. */
function step(
  { perform, attend }: Steps,
  action: Parameters<Perform>[0],
  row: TaskRow,
  call: Call,
): Promise<TaskEvent | null> {
  return action.do === 'download'
    ? attend(row, call, (attended) => perform(action, row.task, attended))
    : perform(action, row.task, call);
}

interface Wanted {
  id: string;
  /** A caller waits for it; else it is only the timer that asks. */
  asked: boolean;
  /** Tasks whose analysis failed while they were cleaned up; the next try waits until that is over. */
  failedEarly: Set<string>;
  patience: Patience;
}

/** The analysis has a lane of its own, so that cleaning up in Azure never waits for it. */
async function analyzeTask(
  steps: Steps,
  { id, asked, failedEarly, patience }: Wanted,
  call: Call,
): Promise<void> {
  const { clock, store } = steps;
  const row = await store.get(id);
  const wanted = asked || (row?.task.autoAnalyze === true && patience.mayTry(id, clock.now()));
  if (row === null || !mayAnalyze(row) || !wanted) {
    return;
  }
  const isEarly = row.task.state === 'cleaning';
  if (isEarly && failedEarly.has(id)) {
    return;
  }
  const claimed = await store.claim(id);
  if (claimed === null || !mayAnalyze(claimed)) {
    return;
  }
  const event = await steps.attend(claimed, call, (attended) => steps.analyzeTask(claimed.task, attended));
  failedEarly.delete(id);
  if (event === null || !(patience.isNews(claimed.task, event, clock.now()) || asked)) {
    return;
  }
  if (!isEarly || event.type === 'analyzed') {
    await commitWherever(steps, claimed, event);
  } else {
    failedEarly.add(id);
  }
}

/** Cleaning may have ended, and with it our hold on the task, while the analysis ran. */
async function commitWherever({ store, commit }: Steps, row: TaskRow, event: TaskEvent): Promise<void> {
  if ((await commit(row, event)) === null) {
    const again = await store.claim(row.task.id);
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
