import { CapwrightError } from '../domain/errors.ts';
import { holdsVm } from '../domain/task.ts';
import type { OrphanItem } from '../domain/views.ts';
import type {
  Artefacts,
  CallContext,
  Clock,
  Cloud,
  ListedCapture,
  Sandbox,
  TaskRow,
  TaskStore,
} from '../ports.ts';
import type { Driver } from './driver.ts';

/** Downloads may rest this long before they count as left behind. */
const FILE_AGE_MS = 86_400_000;

/** Something left behind, and the way to settle it; `settle` says whether it is settled now. */
export interface Orphan {
  item: OrphanItem;
  settle(call: CallContext): Promise<boolean>;
}

export type FindOrphans = (call: CallContext) => Promise<{ orphans: Orphan[]; searched: string[] }>;

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

/** Looks everywhere; a place that can't be looked at is named, and hides nothing in the others. */
export function createFindOrphans(deps: FindOrphansDeps): FindOrphans {
  return async (call) => {
    const rows = await deps.store.active();
    const places: [string, () => Promise<Orphan[]>][] = [
      ['tasks', async () => tasksWithoutOwner(deps, rows)],
      ['Azure', () => azureCaptures(deps, rows, call)],
      ['containers', () => containers(deps)],
      ['temporary files', () => temporaryFiles(deps, rows)],
    ];
    const orphans: Orphan[] = [];
    const searched: string[] = [];
    for (const [place, look] of places) {
      try {
        const found = await look();
        orphans.push(...found);
        searched.push(`${place}: ${found.length}`);
      } catch (error) {
        call.signal.throwIfAborted();
        const why = error instanceof CapwrightError ? `${error.message} ${error.next}` : 'unexpected error';
        searched.push(`${place}: not searched (${why})`);
      }
    }
    return { orphans, searched };
  };
}

const planned = { outcome: 'planned' } as const;

function tasksWithoutOwner({ driver, store, clock }: FindOrphansDeps, rows: readonly TaskRow[]): Orphan[] {
  return rows
    .filter((row) => row.task.state !== 'analyzing' && store.isOrphaned(row))
    .map(({ task }) => ({
      item: {
        ...planned,
        kind: 'task',
        name: task.id,
        reason: `its server has died in state ${task.state}`,
        age_seconds: Math.round((clock.now() - task.createdAt) / 1000),
        action: 'resume',
      },
      settle: async () => {
        driver.nudge(task.id, { analyze: false });
        return true;
      },
    }));
}

async function azureCaptures(
  { cloud, store }: FindOrphansDeps,
  rows: readonly TaskRow[],
  call: CallContext,
): Promise<Orphan[]> {
  const prefix = `capwright-${store.deploymentId}-`;
  const live = new Set(rows.filter(({ task }) => holdsVm(task)).map(({ task }) => task.plan.captureName));
  const captures = await cloud.listCaptures(call.signal);
  return captures
    .filter(({ name }) => !live.has(name))
    .map((capture) => ({
      item: captureItem(capture, capture.name.startsWith(prefix)),
      settle: (later) => cloud.deleteCapture({ ...capture, captureName: capture.name }, later.signal),
    }));
}

function captureItem({ name, location, targetId }: ListedCapture, ours: boolean): OrphanItem {
  const where = `in ${location} on ${targetId.split('/').at(-1) ?? targetId}`;
  return ours
    ? {
        ...planned,
        kind: 'azure_capture',
        name,
        reason: `made by this deployment, belongs to no active task, ${where}`,
        age_seconds: null,
        action: 'delete',
      }
    : {
        ...planned,
        kind: 'foreign_capture',
        name,
        reason: `not made by this deployment, ${where}; never touched`,
        age_seconds: null,
        action: 'keep',
      };
}

async function containers({ sandbox }: FindOrphansDeps): Promise<Orphan[]> {
  return (await sandbox.leftovers()).map(({ id, reason, ageSeconds }) => ({
    item: { ...planned, kind: 'container', name: id, reason, age_seconds: ageSeconds, action: 'delete' },
    settle: async () => {
      await sandbox.remove(id);
      return true;
    },
  }));
}

async function temporaryFiles(
  { artefacts, retentionMs }: FindOrphansDeps,
  rows: readonly TaskRow[],
): Promise<Orphan[]> {
  const ids = new Set(rows.map(({ task }) => task.id));
  const leftovers = await artefacts.leftovers(ids, FILE_AGE_MS);
  const expired = retentionMs === null ? [] : await artefacts.expired(busyIds(rows), retentionMs);
  return [...leftovers, ...expired].map(({ path, reason, ageSeconds }) => ({
    item: {
      ...planned,
      kind: 'temporary_file',
      name: path,
      reason,
      age_seconds: ageSeconds,
      action: 'delete',
    },
    settle: async () => {
      await artefacts.remove(path);
      return true;
    },
  }));
}

/** Tasks that somebody works on; one that only waits for its caller has no claim on its capture for ever. */
function busyIds(rows: readonly TaskRow[]): ReadonlySet<string> {
  return new Set(
    rows.filter(({ task, owner }) => holdsVm(task) || owner !== null).map(({ task }) => task.id),
  );
}
