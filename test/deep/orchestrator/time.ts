import type { Clock } from '../../../src/ports.ts';
import { createFakeClock } from '../../fakes/clock.ts';

/** Simulated time as Azure has it, and as the one machine of the simulation believes it to be. */
export interface Times {
  azure: Clock;
  machine: Clock;
  /** The machine sleeps: time passes, and nothing on it notices. */
  suspend(ms: number): void;
  /** Somebody sets the machine's clock; no time passes. */
  adjust(ms: number): void;
}

export function createTimes(): Times {
  const base = createFakeClock();
  let slept = 0;
  let adjusted = 0;
  const sleep: Clock['sleep'] = (ms, signal) => base.sleep(ms, signal);
  return {
    azure: { now: () => base.now() + slept, sleep },
    machine: { now: () => base.now() + slept + adjusted, sleep },
    suspend: (ms) => {
      slept += ms;
    },
    adjust: (ms) => {
      adjusted += ms;
    },
  };
}
