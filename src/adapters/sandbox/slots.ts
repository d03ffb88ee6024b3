import { CapwrightError } from '../../domain/errors.ts';
import { cancelled } from './turns.ts';

/** Hears how many stand before this one: at once, and whenever one of them leaves. */
export type OnWait = (ahead: number) => void;

/** Gives a slot back. Repeatable: only the first call counts. */
export type Release = () => void;

export interface Slots {
  /**
   * Waits for a free slot, first come, first served. Throws CANCELLED as soon as `signal` aborts, and SANDBOX_BUSY at
   * once where too many wait already.
   */
  acquire(signal: AbortSignal, onWait?: OnWait): Promise<Release>;
}

interface Waiting {
  enter: (release: Release) => void;
  onWait: OnWait;
}

/** At most `atOnce` holders, and at most `longestQueue` who wait for one of them to go. */
export function createSlots({ atOnce, longestQueue }: { atOnce: number; longestQueue: number }): Slots {
  const queue: Waiting[] = [];
  let free = atOnce;

  const take = (): Release => {
    let held = true;
    return () => {
      if (!held) return;
      held = false;

      const next = queue.shift();
      if (next === undefined) {
        free += 1;
        return;
      }
      // Handed on, never put down: whoever comes in between must not overtake those who wait.
      next.enter(take());
      tellAll(queue);
    };
  };

  return {
    async acquire(signal, onWait = () => undefined) {
      if (signal.aborted) throw cancelled();
      if (free > 0) {
        free -= 1;
        return take();
      }
      if (queue.length >= longestQueue) throw busy(queue.length);
      const turn = Promise.withResolvers<Release>();
      const waiting: Waiting = { enter: turn.resolve, onWait };
      const leave = (): void => {
        const place = queue.indexOf(waiting);
        if (place === -1) return;
        queue.splice(place, 1);
        turn.reject(cancelled());
        tellAll(queue);
      };
      queue.push(waiting);
      signal.addEventListener('abort', leave, { once: true });
      try {
        tell(waiting, queue.length - 1);
        return await turn.promise;
      } finally {
        signal.removeEventListener('abort', leave);
      }
    },
  };
}

const GIB = 1024 ** 3;

/** How many sessions a machine bears: one per CPU, and for each the memory of a large capture. At least one. */
export function slotsFor({ cpus, memoryBytes }: { cpus: number; memoryBytes: number }): number {
  return Math.max(1, Math.min(cpus, Math.floor(memoryBytes / (1.5 * GIB))));
}

function tellAll(queue: readonly Waiting[]): void {
  for (const [ahead, waiting] of queue.entries()) tell(waiting, ahead);
}

/** What a listener throws is its own trouble: nobody's slot hangs on it. */
function tell({ onWait }: Waiting, ahead: number): void {
  try {
    onWait(ahead);
  } catch {
    return;
  }
}

function busy(waiting: number): CapwrightError {
  return new CapwrightError(
    'SANDBOX_BUSY',
    `Every sandbox is in use, and ${waiting} more analyses wait for one already.`,
    'Make the same call again in a few minutes.',
  );
}
