import { holdsVm } from '../domain/task.ts';
import type { CallContext, LeftoverFile, TaskRow, TaskStore } from '../ports.ts';
import { azureCaptures } from './orphan-captures.ts';
import { ageSeconds, notSearched, planned, type Found, type FindOrphansDeps, type Orphan } from './orphan.ts';

/** Downloads may rest this long before they count as left behind. */
const FILE_AGE_MS = 86_400_000;

export type FindOrphans = (call: CallContext) => Promise<{ orphans: Orphan[]; searched: string[] }>;

/** Looks everywhere; a place that can't be looked at is named, and hides nothing in the others. */
export function createFindOrphans(deps: FindOrphansDeps): FindOrphans {
  return async (call) => {
    const places: [string, () => Promise<Found>][] = [
      ['tasks', () => tasks(deps)],
      ['Azure', () => azureCaptures(deps, call)],
      ['containers', () => containers(deps)],
      ['temporary files', () => temporaryFiles(deps)],
    ];
    const orphans: Orphan[] = [];
    const searched: string[] = [];
    for (const [place, look] of places) {
      try {
        const found = await look();
        orphans.push(...found.orphans);
        searched.push(`${place}: ${found.orphans.length}`, ...found.notes);
      } catch (error) {
        call.signal.throwIfAborted();
        searched.push(notSearched(place, error));
      }
    }
    return { orphans, searched };
  };
}

async function tasks({ driver, store, clock }: FindOrphansDeps): Promise<Found> {
  const abandoned = (await store.active()).filter((row) => isAbandoned(store, row));
  const spoilt = await store.unreadable();
  return {
    orphans: [
      ...abandoned.map(({ task }): Orphan => ({
        item: {
          ...planned,
          kind: 'task',
          name: task.id,
          reason: `its server has died in state ${task.state}`,
          age_seconds: ageSeconds(clock, task.createdAt),
          action: 'resume',
        },
        settle: async () => {
          const row = await store.get(task.id);
          if (row === null || !isAbandoned(store, row)) {
            return 'skipped';
          }
          driver.nudge(task.id, { analyze: false });
          return 'done';
        },
      })),
      ...spoilt.map(({ id, state, holdsVm: holds, createdAt }): Orphan => ({
        item: {
          ...planned,
          kind: 'task',
          name: id,
          reason: `its record can not be read: damaged, or written by a newer Capwright (last known state ${state})${holds ? '; it keeps its VM until the newest Capwright, or a backup, reads it' : ''}`,
          age_seconds: ageSeconds(clock, createdAt),
          action: 'keep',
        },
        settle: async () => 'skipped',
      })),
    ],
    notes: [],
  };
}

function isAbandoned(store: TaskStore, row: TaskRow): boolean {
  return holdsVm(row.task) && store.isOrphaned(row);
}

async function containers({ sandbox }: FindOrphansDeps): Promise<Found> {
  const orphans = (await sandbox.leftovers()).map(({ id, reason, ageSeconds: age }): Orphan => ({
    item: { ...planned, kind: 'container', name: id, reason, age_seconds: age, action: 'delete' },
    settle: async () => {
      await sandbox.remove(id);
      return 'done';
    },
  }));
  return { orphans, notes: [] };
}

async function temporaryFiles(deps: FindOrphansDeps): Promise<Found> {
  const orphans = (await files(deps)).map(({ path, reason, ageSeconds: age }): Orphan => ({
    item: { ...planned, kind: 'temporary_file', name: path, reason, age_seconds: age, action: 'delete' },
    settle: async () => {
      if (!(await files(deps)).some((file) => file.path === path)) {
        return 'skipped';
      }
      await deps.artefacts.remove(path);
      return 'done';
    },
  }));
  return { orphans, notes: [] };
}

/** Files past their age that no task has a claim on; what belongs to a task that can't be read stays. */
async function files({ artefacts, retentionMs, store }: FindOrphansDeps): Promise<LeftoverFile[]> {
  const rows = await store.active();
  const spoilt = (await store.unreadable()).map(({ id }) => id);
  const unfinished = new Set([...rows.map(({ task }) => task.id), ...spoilt]);
  const leftovers = await artefacts.leftovers(unfinished, FILE_AGE_MS);
  const busy = new Set([...busyIds(rows), ...spoilt]);
  return retentionMs === null ? leftovers : [...leftovers, ...(await artefacts.expired(busy, retentionMs))];
}

/** Tasks that somebody works on; one that only waits for its caller has no claim on its capture for ever. */
function busyIds(rows: readonly TaskRow[]): string[] {
  return rows.filter(({ task, owner }) => holdsVm(task) || owner !== null).map(({ task }) => task.id);
}
