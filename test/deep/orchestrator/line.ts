import { CapwrightError } from '../../../src/domain/errors.ts';
import type { Clock } from '../../../src/ports.ts';
import type { Random } from './random.ts';

/** The network between one process and Azure: slow, and it loses requests and answers. */
export interface Line {
  /** Does `act` in Azure on behalf of the process; `what` is the one thing that it is about, or null. */
  carry<T>(what: string | null, signal: AbortSignal, act: () => T): Promise<T>;
}

export interface LineOptions {
  clock: Clock;
  random: Random;
  /** Share of the calls that go wrong. */
  faults: () => number;
  isDead: () => boolean;
  /** Resolves when the process is not stopped by a signal. */
  resumed: () => Promise<void>;
  /** Called when a call begins; returns what ends it. */
  enter: (what: string) => () => void;
}

/** How long a request may be under way that its sender has given up already, in milliseconds. */
const LATE_MS = 8000;

export function createLine(options: LineOptions): Line {
  const { clock, random, faults, isDead, resumed, enter } = options;
  const never = new Promise<never>(() => {});

  const travel = async <T>(act: () => T): Promise<T> => {
    await resumed();
    await clock.sleep(random.between(20, 1500));
    const fate = random.chance(faults())
      ? random.pick(['lost', 'late', 'late', 'unheard', 'busy'] as const)
      : 'well';
    if (isDead() && random.chance(0.5)) {
      await clock.sleep(random.between(0, LATE_MS));
    }
    if (fate === 'busy') {
      throw new CapwrightError('AZURE_BUSY', 'busy', 'wait');
    }
    if (fate === 'lost' || fate === 'late') {
      if (fate === 'late') {
        void clock
          .sleep(random.between(0, LATE_MS))
          .then(act)
          .catch(() => undefined);
      }
      throw new CapwrightError('AZURE_UNAVAILABLE', 'no answer', 'again');
    }
    const result = act();
    await clock.sleep(random.between(20, 3000));
    await resumed();
    if (fate === 'unheard') {
      throw new CapwrightError('AZURE_UNAVAILABLE', 'the answer was lost', 'again');
    }
    return result;
  };

  return {
    carry: async (what, signal, act) => {
      const leave = what === null ? () => {} : enter(what);
      try {
        return await Promise.race([travel(act), given(signal)]);
      } finally {
        leave();
        if (isDead()) {
          await never;
        }
      }
    },
  };
}

/** A server that shuts down gives its calls up at once; what they asked for may still happen. */
function given(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = (): void => reject(new CapwrightError('CANCELLED', 'given up', 'again'));
    signal.addEventListener('abort', fail, { once: true });
    if (signal.aborted) {
      fail();
    }
  });
}
