import type { Clock } from '../../../src/ports.ts';

/** Simulated time as Azure has it, and as the one machine of the simulation believes it to be. */
export interface Times {
  /** Milliseconds that the machine was awake. */
  awake(): number;
  azure: Clock;
  machine: Clock;
  /** The machine sleeps: time passes, what is under way in the world arrives, and nothing on the machine notices. */
  suspend(ms: number): void;
  /** Somebody sets the machine's clock; no time passes. */
  adjust(ms: number): void;
  /** Wakes the next sleeper; false where nobody sleeps. To be called when nothing else is left to do. */
  step(): boolean;
}

const START = Date.UTC(2026, 0, 1);

export function createTimes(): Times {
  const queue = createQueue();
  let base = START;
  let slept = 0;
  let adjusted = 0;
  const sleepOn =
    (onMachine: boolean): Clock['sleep'] =>
    (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) {
          resolve();
          return;
        }
        const wake = (): void => {
          sleeper.isOver = true;
          signal?.removeEventListener('abort', wake);
          resolve();
        };
        const sleeper = { at: base + Math.max(0, ms), onMachine, isOver: false, wake };
        signal?.addEventListener('abort', wake, { once: true });
        queue.add(sleeper);
      });
  return {
    awake: () => base - START,
    azure: { now: () => base + slept, sleep: sleepOn(false) },
    machine: { now: () => base + slept + adjusted, sleep: sleepOn(true) },
    suspend: (ms) => {
      slept += ms;
      queue.hasten(ms, base);
    },
    adjust: (ms) => {
      adjusted += ms;
    },
    step: () => {
      const next = queue.take();
      if (next === undefined) {
        return false;
      }
      base = Math.max(base, next.at);
      next.wake();
      return true;
    },
  };
}

interface Sleeper {
  at: number;
  onMachine: boolean;
  /** Woken early; it only waits to be thrown away. */
  isOver: boolean;
  wake: () => void;
}

/** Sleepers by time, and in the order in which they lay down; the last is the next. */
function createQueue() {
  const sleepers: Sleeper[] = [];
  const add = (sleeper: Sleeper): void => {
    let place = sleepers.length;
    while (place > 0 && (sleepers[place - 1]?.at ?? 0) <= sleeper.at) {
      place -= 1;
    }
    sleepers.splice(place, 0, sleeper);
  };
  return {
    add,
    /** Whoever does not sleep on the machine is so much further when that wakes up at `now`. */
    hasten: (ms: number, now: number): void => {
      for (const sleeper of sleepers.splice(0).toReversed()) {
        sleeper.at = sleeper.onMachine ? sleeper.at : Math.max(now, sleeper.at - ms);
        add(sleeper);
      }
    },
    take: (): Sleeper | undefined => {
      for (;;) {
        const next = sleepers.pop();
        if (next === undefined || !next.isOver) {
          return next;
        }
      }
    },
  };
}

/** A simulated life as the pump sees it. */
export interface Pumped {
  step(): boolean;
  /** Called where nothing can ever happen again, and the life has not ended. */
  stuck(): void;
}

/**
 * Moves many lives on at once: in each turn of the event loop one sleeper of every life wakes up, and whatever follows
 * from it is done before the next turn. Lives share nothing, so that each goes its way as if it were alone.
 */
export function createPump() {
  const lives = new Set<Pumped>();
  const turn = (): void => {
    for (const life of lives) {
      if (!life.step()) {
        lives.delete(life);
        life.stuck();
      }
    }
    if (lives.size > 0) {
      setImmediate(turn);
    }
  };
  return {
    add: (life: Pumped): void => {
      lives.add(life);
      if (lives.size === 1) {
        setImmediate(turn);
      }
    },
    remove: (life: Pumped): void => {
      lives.delete(life);
    },
  };
}

export type Pump = ReturnType<typeof createPump>;
