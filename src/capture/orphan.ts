import { CapwrightError } from '../domain/errors.ts';
import type { PlannedItem } from '../domain/views.ts';
import type { Artefacts, CallContext, Clock, Cloud, Sandbox, TaskStore } from '../ports.ts';
import type { Driver } from './driver.ts';

/** What became of an attempt: `skipped` where the thing has changed, is in use or has gone since it was found. */
export type Settled = 'done' | 'failed' | 'skipped';

/** Something left behind, and the way to settle it; `settle` looks once more right before it acts. */
export interface Orphan {
  item: PlannedItem;
  settle(call: CallContext): Promise<Settled>;
}

/** What was found in one kind of place; `notes` are places that could not be searched, and why. */
export interface Found {
  orphans: Orphan[];
  notes: string[];
}

export interface FindOrphansDeps {
  store: TaskStore;
  cloud: Cloud;
  sandbox: Sandbox;
  artefacts: Artefacts;
  driver: Driver;
  clock: Clock;
  /** Age after which captures and reports may go; null keeps them for ever. */
  retentionMs: number | null;
}

/** A place that could not be looked at, for `searched`. */
export function notSearched(place: string, error: unknown): string {
  const why = error instanceof CapwrightError ? `${error.message} ${error.next}` : 'unexpected error';
  return `${place}: not searched (${why})`;
}

/** How an item begins before anything was done. */
export const planned = { outcome: 'planned' } as const;

export function ageSeconds(clock: Clock, since: number): number {
  return Math.max(0, Math.round((clock.now() - since) / 1000));
}
