import { CapwrightError } from '../domain/errors.ts';
import type { CleanupView, OrphanItem, PlannedItem } from '../domain/views.ts';
import type { CallContext, Clock, StoredPlan, TaskStore } from '../ports.ts';
import type { Driver } from './driver.ts';
import type { FindOrphans } from './find-orphans.ts';
import type { Guardrails } from './guardrails.ts';
import type { Orphan, Settled } from './orphan.ts';
import type { UseCases } from './use-cases.ts';

/** How long a plan may wait to be carried out, in milliseconds. */
const PLAN_LIFE_MS = 3_600_000;
/** A plan holds no more than its reader can look through; what is left over comes with the next. */
const MOST_PLANNED = 100;
const MOST_KEPT = 50;
const MOST_SEARCHED = 60;
/** Deletions at the same time; the cloud itself keeps those of one watcher behind each other. */
const AT_ONCE = 4;

export interface CleanupDeps {
  store: TaskStore;
  findOrphans: FindOrphans;
  driver: Driver;
  guardrails: Guardrails;
  clock: Clock;
  newPlanId: () => string;
}

/** Without a plan id nothing is touched: a plan is made and kept. With it, exactly that plan is carried out. */
export function createCleanupOrphans(deps: CleanupDeps): UseCases['cleanupOrphans'] {
  return async ({ plan_id: planId }, call) =>
    planId === undefined ? propose(deps, call) : apply(deps, planId, call);
}

async function propose(deps: CleanupDeps, call: CallContext): Promise<CleanupView> {
  const found = await deps.findOrphans(call);
  const searched = bounded(found.searched);
  const all = found.orphans.map(({ item }) => item);
  const actionable = all.filter(({ action }) => action !== 'keep');
  const kept = all.filter(({ action }) => action === 'keep');
  const items = [...actionable.slice(0, MOST_PLANNED), ...kept.slice(0, MOST_KEPT)];
  const unshown =
    kept.length > MOST_KEPT ? ` ${kept.length - MOST_KEPT} more that are kept are not shown.` : '';
  const view = { applied: false, items: items.map(shown), searched };
  if (actionable.length === 0) {
    return { ...view, plan_id: null, next: `Nothing to clean up.${unshown}` };
  }
  const plan: StoredPlan = { id: deps.newPlanId(), createdAt: deps.clock.now(), items };
  await deps.store.savePlan(plan);
  const left = actionable.length - MOST_PLANNED;
  const more = left > 0 ? ` ${left} more leftovers wait for the plan after this one.` : '';
  return {
    ...view,
    plan_id: plan.id,
    next: `Read the items; call cleanup_orphans with plan_id "${plan.id}" within an hour to carry the plan out. Items marked keep are left alone.${more}${unshown}`,
  };
}

function bounded(searched: readonly string[]): string[] {
  const more = searched.length - MOST_SEARCHED;
  return more > 0 ? [...searched.slice(0, MOST_SEARCHED), `and ${more} more places`] : [...searched];
}

/** What a caller sees of an item. */
function shown({ mark: _mark, ...item }: PlannedItem): OrphanItem {
  return item;
}

async function apply(deps: CleanupDeps, planId: string, call: CallContext): Promise<CleanupView> {
  deps.guardrails.checkChange();
  const plan = await validPlan(deps, planId);
  const { orphans, searched } = await deps.findOrphans(call);
  const found = new Map(orphans.map((orphan) => [keyOf(orphan.item), orphan]));
  const items = await settleAll(plan.items, found, call);
  const failed = items.some(({ outcome }) => outcome === 'failed');
  return {
    applied: true,
    plan_id: null,
    items,
    searched: bounded(searched),
    next: failed
      ? 'Call cleanup_orphans again for what failed.'
      : 'Call cleanup_orphans once more to see whether anything is left.',
  };
}

async function validPlan({ store, clock }: CleanupDeps, planId: string): Promise<StoredPlan> {
  const plan = await store.loadPlan(planId);
  const expired = plan !== null && Math.abs(clock.now() - plan.createdAt) > PLAN_LIFE_MS;
  if (plan === null || expired) {
    throw new CapwrightError(
      'UNKNOWN_PLAN',
      expired ? 'This cleanup plan has expired.' : 'There is no cleanup plan with this id.',
      'Call cleanup_orphans without arguments for a new plan.',
    );
  }
  return plan;
}

function keyOf(item: PlannedItem): string {
  return `${item.kind} ${item.name} ${item.action} ${item.mark ?? ''}`;
}

async function settleAll(
  plan: readonly PlannedItem[],
  found: ReadonlyMap<string, Orphan>,
  call: CallContext,
): Promise<OrphanItem[]> {
  const settled: OrphanItem[] = plan.map(shown);
  const waiting = plan.entries();
  let over = 0;
  const work = async (): Promise<void> => {
    for (const [place, item] of waiting) {
      call.signal.throwIfAborted();
      settled[place] = await applyItem(item, found.get(keyOf(item)), call);
      over += 1;
      call.progress({ fraction: over / plan.length, message: `${over} of ${plan.length} items` });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return settled;
}

const CHANGED = 'changed, taken up or gone since the plan was made';

/** What is no longer an orphan, or has become something else, is left alone and said so. */
async function applyItem(
  item: PlannedItem,
  orphan: Orphan | undefined,
  call: CallContext,
): Promise<OrphanItem> {
  const end = (outcome: Settled, why: string | null): OrphanItem => ({
    ...shown(item),
    outcome,
    reason: why === null ? item.reason : `${item.reason}; ${outcome}: ${why}`,
  });
  if (item.action === 'keep') {
    return end('skipped', null);
  }
  if (orphan === undefined) {
    return end('skipped', CHANGED);
  }
  try {
    const outcome = await orphan.settle(call);
    return end(outcome, outcome === 'skipped' ? CHANGED : outcome === 'failed' ? 'still there' : null);
  } catch (error) {
    call.signal.throwIfAborted();
    return end('failed', error instanceof CapwrightError ? error.message : 'an unexpected error');
  }
}
