import type { AuditLog, Clock, TaskRow, TaskStore } from '../../../src/ports.ts';
import { openOrchestrator, type Orchestrator } from '../../fakes/orchestrator.ts';
import { createLine } from './line.ts';
import type { Random } from './random.ts';
import type { Times } from './time.ts';
import type { World } from './world.ts';

export interface ProcessOptions {
  dir: string;
  times: Times;
  world: World;
  random: Random;
  /** Chance of dying at each use of the store. */
  deadly: () => number;
  watch: Watch;
}

/** Sees what every process does. */
export interface Watch {
  /** A living process turns to a capture in Azure; returns what it calls when done. */
  enter(pid: number, what: string): () => void;
  /** What the store gave a process to drive. */
  held(row: TaskRow): void;
}

/** One life of a server on the shared state directory, from its start to the way in which it ends. */
export async function startProcess(pid: number, options: ProcessOptions) {
  const { dir, times, world, random, watch } = options;
  const death = Promise.withResolvers<never>();
  death.promise.catch(() => undefined);
  const never = new Promise<never>(() => {});
  let dead = false;
  let ending = false;
  const stop = createStop();

  const kill = (): void => {
    if (!dead && !ending) {
      dead = true;
      void life.abandon();
      death.reject(new Error('connection lost'));
    }
  };
  const clock: Clock = {
    now: () => times.machine.now(),
    sleep: async (ms, signal) => {
      await times.machine.sleep(ms, signal);
      await stop.over();
    },
  };
  const line = createLine({
    clock: times.azure,
    random: random.fork('line'),
    faults: world.faults,
    isDead: () => dead,
    resumed: stop.over,
    enter: (what) => watch.enter(pid, what),
  });
  /** Asked before each use of the store, and after it, when its result is not heard yet. */
  const dies = (): boolean => dead || (!ending && random.chance(options.deadly()));
  const mortal = async <T>(act: () => Promise<T>): Promise<T> => {
    if (dies()) {
      kill();
      return never;
    }
    const result = await act();
    if (dies()) {
      kill();
      return never;
    }
    return result;
  };
  const life: Orchestrator = await openOrchestrator({
    dir,
    clock,
    cloud: world.connect(line),
    wrapStore: (store) => mortalStore(store, mortal, watch),
    wrapAudit: (audit) => mortalAudit(audit, () => !ending && random.chance(options.deadly()), kill),
  });
  life.driver.start();
  return {
    kill,
    isDead: () => dead,
    /** Ends as a polite host asks it to. */
    end: async (): Promise<void> => {
      if (!dead) {
        ending = true;
        stop.end();
        await life.die();
        dead = true;
        death.reject(new Error('connection lost'));
      }
    },
    pause: stop.begin,
    resume: stop.end,
    /** A call of an agent; it hears no answer where the process ends first. */
    call: <T>(body: (server: Orchestrator) => Promise<T>): Promise<T> =>
      Promise.race([stop.over().then(() => body(life)), death.promise]),
    store: life.store,
  };
}

export type Process = Awaited<ReturnType<typeof startProcess>>;

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
    over: async (): Promise<void> => waiting?.promise,
  };
}

function mortalStore(
  store: TaskStore,
  mortal: <T>(act: () => Promise<T>) => Promise<T>,
  watch: Watch,
): TaskStore {
  const seen = async (act: () => Promise<TaskRow | null>): Promise<TaskRow | null> => {
    const row = await act();
    if (row !== null) {
      watch.held(row);
    }
    return row;
  };
  return {
    ...store,
    create: (task) => mortal(() => store.create(task)),
    claim: (id) => mortal(() => seen(() => store.claim(id))),
    record: (id, fence, event, now) => mortal(() => seen(() => store.record(id, fence, event, now))),
    exportJournal: (append) => mortal(() => store.exportJournal(append)),
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
