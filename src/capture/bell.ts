import type { Clock, OnProgress } from '../ports.ts';

/** Wakes those who wait for a task, and passes on the progress of what is done for it. */
export type Bell = ReturnType<typeof createBell>;

export function createBell(clock: Clock) {
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
