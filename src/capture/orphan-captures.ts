import { holdsVm, type Task } from '../domain/task.ts';
import type { CallContext, ListedCapture, TaskStore } from '../ports.ts';
import { ageSeconds, notSearched, planned, type FindOrphansDeps, type Found, type Orphan } from './orphan.ts';

/** What Azure told is not relied on for longer when something is to be deleted. */
const FRESH_MS = 10_000;

/**
 * Captures in every subscription that a task of this state directory was ever in. Ours are those with the name of our
 * deployment; what belongs to a task that is not over, or that can't be read, is no orphan.
 */
export async function azureCaptures(deps: FindOrphansDeps, call: CallContext): Promise<Found> {
  const { store } = deps;
  const listing = createListing(deps);
  const { captures, notes } = await listing.fresh(call);
  const owner = await createOwner(store);
  const orphans: Orphan[] = [];
  for (const capture of captures) {
    const whose = await owner(capture.name);
    if (whose !== 'a task') {
      orphans.push(orphanOf(deps, listing, { capture, whose }));
    }
  }
  return { orphans, notes };
}

type Whose = 'a task' | 'foreign' | 'of a former name' | { over: Task | null };

/** Says whose a capture is; tasks are read after Azure was, so that one just started is no orphan. */
async function createOwner(store: TaskStore): Promise<(name: string) => Promise<Whose>> {
  const holding = (await store.active()).filter(({ task }) => holdsVm(task));
  const live = new Set(holding.map(({ task }) => task.plan.captureName));
  const spoilt = (await store.unreadable()).map(({ id }) => id);
  const prefix = prefixOf(store.deploymentId);
  const former = store.formerDeploymentIds.map(prefixOf);
  return async (name) => {
    if (live.has(name) || spoilt.some((id) => name.endsWith(`-${id}`))) {
      return 'a task';
    }
    if (name.startsWith(prefix)) {
      return { over: (await store.get(name.slice(prefix.length)).catch(() => null))?.task ?? null };
    }
    return former.some((old) => name.startsWith(old)) ? 'of a former name' : 'foreign';
  };
}

function prefixOf(deploymentId: string): string {
  return `capwright-${deploymentId}-`;
}

function orphanOf(
  { store, cloud, clock }: FindOrphansDeps,
  listing: Listing,
  { capture, whose }: { capture: ListedCapture; whose: Exclude<Whose, 'a task'> },
): Orphan {
  const { name, location, targetId } = capture;
  const where = `in ${location} on ${targetId.split('/').at(-1) ?? targetId}`;
  if (typeof whose === 'string') {
    const reason = `${KEPT[whose]}, ${where}`;
    const kind = whose === 'foreign' ? 'foreign_capture' : 'azure_capture';
    return {
      item: { ...planned, kind, name, reason, age_seconds: null, action: 'keep' },
      settle: async () => 'skipped',
    };
  }
  return {
    item: {
      ...planned,
      kind: 'azure_capture',
      name,
      reason: `made by this deployment, belongs to no active task, ${where}`,
      age_seconds: whose.over === null ? null : ageSeconds(clock, whose.over.createdAt),
      action: 'delete',
      mark: markOf(capture),
    },
    settle: async (call) => {
      const { captures } = await listing.fresh(call);
      const same = captures.some((other) => markOf(other) === markOf(capture));
      const owner = await createOwner(store);
      if (!same || typeof (await owner(name)) === 'string') {
        return 'skipped';
      }
      return (await cloud.deleteCapture({ ...capture, captureName: name }, call.signal)) ? 'done' : 'failed';
    },
  };
}

const KEPT = {
  foreign: 'not made by this deployment; never touched',
  'of a former name':
    'made under a name that this state directory had before it was copied, restored or moved to another machine; if no other copy is in use, delete it in Azure',
} as const;

/** Another capture of the same name is not the one that was shown. */
function markOf(capture: ListedCapture): string {
  const { subscriptionId, watcherResourceGroup, watcherName, name, targetId, storage = '' } = capture;
  return [subscriptionId, watcherResourceGroup, watcherName, name, targetId, storage]
    .join('\n')
    .toLowerCase();
}

interface Listing {
  /** At most FRESH_MS old. */
  fresh(call: CallContext): Promise<{ captures: ListedCapture[]; notes: string[] }>;
}

function createListing({ cloud, store, clock }: FindOrphansDeps): Listing {
  let last: { at: number; captures: ListedCapture[]; notes: string[] } | undefined;
  return {
    fresh: async (call) => {
      if (last === undefined || Math.abs(clock.now() - last.at) > FRESH_MS) {
        const notes: string[] = [];
        const at = clock.now();
        const captures = await cloud.listCaptures(call.signal, await store.subscriptions(), (place, error) =>
          notes.push(notSearched(`Azure, ${place}`, error)),
        );
        last = { at, captures, notes };
      }
      return last;
    },
  };
}
