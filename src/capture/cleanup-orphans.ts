import { CapwrightError } from '../domain/errors.ts';
import type { CleanupView, OrphanItem } from '../domain/views.ts';
import type { CallContext, Clock, StoredPlan, TaskStore } from '../ports.ts';
import type { Driver } from './driver.ts';
import type { FindOrphans, Orphan } from './find-orphans.ts';
import type { Guardrails } from './guardrails.ts';
import type { UseCases } from './use-cases.ts';

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
  const { orphans, searched } = await deps.findOrphans(call);
  const items = orphans.map(({ item }) => item);
  const actionable = items.filter((item) => item.action !== 'keep');
  if (actionable.length === 0) {
    return { applied: false, plan_id: null, items, searched, next: 'Nothing to clean up.' };
  }
  const plan: StoredPlan = { id: deps.newPlanId(), createdAt: deps.clock.now(), items };
  await deps.store.savePlan(plan);
  return {
    applied: false,
    plan_id: plan.id,
    items,
    searched,
    next: `Read the items; call cleanup_orphans with plan_id "${plan.id}" to carry the plan out. Items marked keep are left alone.`,
  };
}

async function apply(deps: CleanupDeps, planId: string, call: CallContext): Promise<CleanupView> {
  deps.guardrails.checkChange();
  const plan = await deps.store.loadPlan(planId);
  if (plan === null) {
    throw new CapwrightError(
      'UNKNOWN_PLAN',
      'There is no cleanup plan with this id.',
      'Call cleanup_orphans without arguments for a new plan.',
    );
  }
  const { orphans, searched } = await deps.findOrphans(call);
  const found = new Map(orphans.map((orphan) => [keyOf(orphan.item), orphan]));
  const items: OrphanItem[] = [];
  for (const item of plan.items) {
    items.push(await applyItem(item, found.get(keyOf(item)), call));
  }
  const failed = items.some((item) => item.outcome === 'failed');
  return {
    applied: true,
    plan_id: null,
    items,
    searched,
    next: failed ? 'Call cleanup_orphans again for what failed.' : 'Nothing more to do.',
  };
}

function keyOf(item: OrphanItem): string {
  return `${item.kind} ${item.name} ${item.action}`;
}

/** What is no longer an orphan, or has become something else, is left alone and said so. */
async function applyItem(
  planned: OrphanItem,
  orphan: Orphan | undefined,
  call: CallContext,
): Promise<OrphanItem> {
  if (planned.action === 'keep' || orphan === undefined) {
    return { ...planned, outcome: 'skipped' };
  }
  try {
    return { ...planned, outcome: (await orphan.settle(call)) ? 'done' : 'failed' };
  } catch (error) {
    call.signal.throwIfAborted();
    const reason = error instanceof CapwrightError ? error.message : 'an unexpected error';
    return { ...planned, outcome: 'failed', reason: `${planned.reason}; failed: ${reason}` };
  }
}
