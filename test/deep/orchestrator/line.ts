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
  /** Whether the operator's credentials are gone. */
  signedOut: () => boolean;
  isDead: () => boolean;
  /** Resolves when the process is not stopped by a signal. */
  resumed: () => Promise<void> | undefined;
  /** Called when a call begins; returns what ends it. */
  enter: (what: string) => () => void;
  note: (what: string) => void;
}

/** How long a request may be under way that its sender has given up already, in milliseconds. */
const LATE_MS = 45_000;
const FATES = ['lost', 'late', 'late', 'unheard', 'busy'] as const;

export function createLine(options: LineOptions): Line {
  const { clock, random, isDead, resumed, enter } = options;
  const never = new Promise<never>(() => {});

  const travel = async <T>(act: () => T): Promise<T> => {
    await resumed();
    if (isDead()) {
      return never;
    }
    const sentAt = clock.now();
    await clock.sleep(random.between(20, 1500));
    if (options.signedOut()) {
      throw new CapwrightError('CREDENTIALS', 'signed out', 'sign in');
    }
    const fate = isDead()
      ? random.pick(['well', 'late'] as const)
      : random.chance(options.faults())
        ? random.pick(FATES)
        : 'well';
    if (fate === 'busy') {
      throw new CapwrightError('AZURE_BUSY', 'busy', 'wait');
    }
    if (fate === 'lost' || fate === 'late') {
      options.note(fate);
      if (fate === 'late') {
        void clock
          .sleep(Math.min(random.between(0, LATE_MS), Math.max(0, sentAt + LATE_MS - clock.now())))
          .then(act)
          .catch(() => undefined);
      }
      throw new CapwrightError('AZURE_UNAVAILABLE', 'no answer', 'again');
    }
    const result = act();
    await clock.sleep(random.between(20, 3000));
    const stopped = resumed();
    if (stopped !== undefined) {
      await stopped;
    }
    if (fate === 'unheard') {
      options.note(fate);
      throw new CapwrightError('AZURE_UNAVAILABLE', 'the answer was lost', 'again');
    }
    return result;
  };

  return {
    carry: async (what, signal, act) => {
      const leave = what === null ? null : enter(what);
      try {
        return await unlessAborted(travel(act), signal);
      } finally {
        leave?.();
        if (isDead()) {
          await never;
        }
      }
    },
  };
}

/** A server that shuts down gives its calls up at once; what they asked for may still happen. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const fail = (): void => reject(new CapwrightError('CANCELLED', 'given up', 'again'));
    signal.addEventListener('abort', fail, { once: true });
    if (signal.aborted) {
      fail();
    }
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', fail));
  });
}
