import { wireUseCases, type Wired } from '../../../src/capture/wire.ts';
import { CapwrightError } from '../../../src/domain/errors.ts';
import type { AuditFiles, AuditLog, Clock, TaskRow, TaskStore } from '../../../src/ports.ts';
import { emptyAnalysis } from '../../fakes/analysis.ts';
import { noSandbox, TIMING } from '../../fakes/orchestrator.ts';
import type { StateDirectory } from './directory.ts';
import { createLine } from './line.ts';
import type { Random } from './random.ts';
import type { Times } from './time.ts';
import type { World } from './world.ts';
import { fakePage } from '../../fakes/report-page.ts';

export interface ProcessOptions {
  directory: StateDirectory;
  times: Times;
  world: World;
  random: Random;
  /** Chance of dying at each use of the store. */
  deadly: () => number;
  watch: Watch;
  /** As the server is configured. */
  deleteBlobs: boolean;
  note: (what: string) => void;
}

/** Sees what every process does. */
export interface Watch {
  /** A living process turns to a capture in Azure; returns what it calls when done. */
  enter(pid: number, what: string): () => void;
  /** What the store gave a process to drive. */
  held(row: TaskRow): void;
  gone(pid: number): void;
}

const TICK_MS = 8000;

/** Nobody writes to the audit but the processes; and a look at a file on disk takes time that is not simulated. */
const UNTOUCHED: AuditFiles = {
  takeSuspects: () => [],
  endsIn: async () => true,
  missing: async () => [],
};

/** One life of a server on the shared state directory, from its start to the way in which it ends. */
export async function startProcess(pid: number, options: ProcessOptions) {
  const { directory, times, world, random, watch, note } = options;
  const death = Promise.withResolvers<never>();
  death.promise.catch(() => undefined);
  const never = new Promise<never>(() => {});
  const state = { dead: false, ending: false };
  const stop = createStop();
  const opened = await directory.open(`process-${pid}`);
  note(`process ${pid} starts`);

  const kill = (): void => {
    if (!state.dead && !state.ending) {
      note(`process ${pid} dies`);
      state.dead = true;
      watch.gone(pid);
      void server.driver.stop();
      opened.close();
      death.reject(new Error('connection lost'));
    }
  };
  const clock: Clock = {
    now: () => times.machine.now(),
    sleep: (ms, signal) =>
      times.machine.sleep(ms, signal).then(() => (state.dead && !state.ending ? never : stop.over())),
  };
  const line = createLine({
    clock: times.azure,
    random: random.fork('line'),
    faults: world.faults,
    signedOut: world.signedOut,
    isDead: () => state.dead,
    resumed: stop.over,
    enter: (what) => watch.enter(pid, what),
    note,
  });
  /** Asked before each use of the store, and after it, when its result is not heard yet. */
  const dies = (): boolean => state.dead || (!state.ending && random.chance(options.deadly()));
  const unlessDead = <T>(result: T): T | Promise<never> => {
    if (dies()) {
      kill();
      return never;
    }
    return result;
  };
  const mortal: Mortal = (act, look) => {
    if (dies()) {
      kill();
      return never;
    }
    return act().then((result) => {
      look?.(result);
      return unlessDead(result);
    });
  };
  const analyze = async () => {
    await clock.sleep(random.between(0, 4000));
    if (random.chance(world.faults())) {
      throw new CapwrightError('SANDBOX_FAILED', 'the sandbox failed', 'again');
    }
    return emptyAnalysis();
  };
  const server = wireUseCases({
    store: mortalStore(opened.store, mortal, watch, (what) => note(`process ${pid} ${what}`)),
    audit: mortalAudit(opened.audit, () => !state.ending && random.chance(options.deadly()), kill),
    artefacts: directory.artefacts,
    auditFiles: UNTOUCHED,
    files: directory.captureFiles,
    sandbox: noSandbox,
    clock,
    log: () => {},
    policy: {},
    timing: TIMING,
    cloud: world.connect(line),
    newId: createIds(random.fork('ids')),
    analyze,
    page: fakePage,
    tickMs: TICK_MS,
    maxCaptureBytes: 1e9,
    sessionId: 'test',
    deleteBlobs: options.deleteBlobs,
  });
  server.driver.start();
  return {
    pid,
    kill,
    isDead: () => state.dead,
    /** Rejects when the process has ended. */
    death: death.promise,
    /** Ends as a polite host asks it to. */
    end: async (): Promise<void> => {
      if (!state.dead && !state.ending) {
        note(`process ${pid} ends`);
        state.ending = true;
        stop.end();
        await server.driver.stop();
        opened.close();
        watch.gone(pid);
        state.dead = true;
        death.reject(new Error('connection lost'));
      }
    },
    pause: stop.begin,
    resume: stop.end,
    /** A call of an agent; it hears no answer where the process ends first. */
    call: <T>(body: (server: Wired) => Promise<T>): Promise<T> =>
      Promise.race([Promise.resolve(stop.over()).then(() => body(server)), death.promise]),
    store: opened.store,
  };
}

export type Process = Awaited<ReturnType<typeof startProcess>>;

function createIds(random: Random): () => string {
  return () =>
    `id${Math.floor(random.between(0, 2 ** 48))
      .toString(16)
      .padStart(12, '0')}`;
}

/** A process stopped by a signal: it holds all that it holds, and does nothing. */
function createStop() {
  let waiting: PromiseWithResolvers<void> | null = null;
  return {
    begin: (): void => {
      waiting ??= Promise.withResolvers();
    },
    end: (): void => {
      waiting?.resolve();
      waiting = null;
    },
    over: (): Promise<void> | undefined => waiting?.promise,
  };
}

type Mortal = <T>(act: () => Promise<T>, look?: (result: T) => void) => Promise<T>;

/** The audit has its own deaths, so that exporting needs none here. */
function mortalStore(
  store: TaskStore,
  mortal: Mortal,
  watch: Watch,
  note: ProcessOptions['note'],
): TaskStore {
  const held = (row: TaskRow | null): void => {
    if (row !== null) {
      watch.held(row);
    }
  };
  return {
    ...store,
    createAll: (tasks, options) => mortal(() => store.createAll(tasks, options)),
    claim: (id) => mortal(() => store.claim(id), held),
    record: (id, fence, event, now) =>
      mortal(
        () => store.record(id, fence, event, now),
        (row) => {
          held(row);
          note(`records ${event.type} of ${id}: ${row?.task.state ?? 'refused'}`);
        },
      ),
    setWish: (id, wish, now) => mortal(() => store.setWish(id, wish, now)),
  };
}

/** Death or a full disk under a process that writes its audit: a part, or all, is in the file, and nothing is marked. */
function mortalAudit(audit: AuditLog, dies: () => boolean, kill: () => void): AuditLog {
  const die = (): never => {
    kill();
    throw new Error('the process is dead');
  };
  return {
    append: (lines) => {
      if (dies()) {
        audit.append(lines.slice(0, Math.floor(lines.length / 2)));
        die();
      }
      audit.append(lines);
      if (dies()) {
        throw new Error('the disk is full');
      }
      if (dies()) {
        die();
      }
    },
  };
}
