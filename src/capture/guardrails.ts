import type { StartCaptureInput } from '../domain/inputs.ts';
import type { CapturePlan } from '../domain/capture-plan.ts';
import { mostBytes, sessionBytes } from '../domain/capture-size.ts';
import {
  denialOf,
  policyDenied,
  quotaDenial,
  readOnlyDenial,
  type Asked,
  type Denial,
  type Policy,
  type Usage,
} from '../domain/policy.ts';
import { sessionTerms } from '../domain/session-terms.ts';
import { filesOf, type Task } from '../domain/task.ts';
import type { Admission, Artefacts, Clock, Preflight, TaskCounts, TaskStore } from '../ports.ts';

const DAY_MS = 86_400_000;

/** Holds what callers ask for against the operator's policy; each method throws POLICY_DENIED. */
export interface Guardrails {
  /** A request, as far as it can be judged before Azure is asked anything. */
  checkRequest(input: StartCaptureInput, purpose: Purpose): Promise<void>;
  /** What the request came to, judged whole. */
  checkPreflight(found: Preflight, purpose: Purpose): Promise<void>;
  /** Captures that one call makes together: each counts for the limits of those after it. */
  checkTogether(found: readonly Preflight[], purpose: Purpose): Promise<void>;
  /** The limits that are counted, for the store to judge when it stores: calls may race each other. */
  admission(found: readonly Preflight[]): Promise<Admission | undefined>;
  /** A file of this many bytes that is to be downloaded besides any task; the size is asked for where it matters. */
  checkDownload(size: () => Promise<number | null>): Promise<void>;
  /** Anything that deletes something. */
  checkChange(): void;
  /** What the policy says of a capture that was checked, for people. */
  describe(): string;
}

/** A dry run changes nothing, so that a read-only server still plans. */
export type Purpose = 'start' | 'dry run';

export interface GuardrailsDeps {
  /** Without any rule it limits nothing. */
  policy: Policy;
  store: Pick<TaskStore, 'counts'>;
  artefacts: Pick<Artefacts, 'captureSizes'>;
  clock: Clock;
}

export function createGuardrails({ policy, store, artefacts, clock }: GuardrailsDeps): Guardrails {
  const enforce = (denial: Denial | null): void => {
    if (denial !== null) {
      throw policyDenied(denial, policy);
    }
  };
  const judge = (asked: Asked, purpose: Purpose): void =>
    enforce(denialOf(purpose === 'start' ? policy : { ...policy, read_only: false }, asked));
  const judgeAll = (found: readonly Preflight[], before: Usage | null, purpose: Purpose): void => {
    let held = before;
    for (const one of found) {
      judge(planned(one, held), purpose);
      held = held === null ? null : withOneMore(held, one);
    }
  };
  const {
    disk_quota_bytes: quota,
    max_concurrent_captures: concurrent,
    max_captures_per_day: daily,
  } = policy;
  const counts = quota !== undefined || concurrent !== undefined || daily !== undefined;
  const sizes = async (): Promise<ReadonlyMap<string, number>> =>
    quota === undefined ? new Map() : artefacts.captureSizes();
  const since = (): number => clock.now() - DAY_MS;
  const usage = async (): Promise<Usage | null> =>
    counts ? usageOf(await store.counts(since()), await sizes()) : null;
  return {
    checkRequest: async (input, purpose) => judge(requested(input, await usage()), purpose),
    checkPreflight: async (found, purpose) => judge(planned(found, await usage()), purpose),
    checkTogether: async (found, purpose) => judgeAll(found, await usage(), purpose),
    admission: async (found) => {
      const onDisk = await sizes();
      const admit = (now: TaskCounts): void => judgeAll(found, usageOf(now, onDisk), 'start');
      return counts ? { since: since(), admit } : undefined;
    },
    checkDownload: async (size) => {
      const held = quota === undefined ? null : await usage();
      const bytes = held === null ? null : await size();
      enforce(held === null || bytes === null ? null : quotaDenial(policy, held.heldBytes, bytes));
    },
    checkChange: () => enforce(readOnlyDenial(policy)),
    describe: () => describePolicy(policy),
  };
}

function requested(input: StartCaptureInput, usage: Usage | null): Asked {
  const [, subscription, group] =
    /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\//i.exec(input.target) ?? [];
  const { durationSeconds, ring } = sessionTerms(input);
  const bytes = sessionBytes({ ring, totalBytes: input.max_bytes });
  return {
    durationSeconds,
    totalBytes: ring === null ? input.max_bytes : bytes,
    mostBytes: bytes,
    subscriptionId: subscription ?? input.subscription_id ?? null,
    resourceGroup: group ?? input.resource_group ?? null,
    vmTags: null,
    usage,
  };
}

function planned(
  { plan, vmTags }: { plan: CapturePlan; vmTags: Preflight['vmTags'] },
  usage: Usage | null,
): Asked {
  return {
    durationSeconds: plan.durationSeconds,
    totalBytes: plan.ring === null ? plan.totalBytes : sessionBytes(plan),
    mostBytes: mostBytes(plan),
    subscriptionId: plan.subscriptionId,
    resourceGroup: plan.vmResourceGroup,
    vmTags,
    usage,
  };
}

function withOneMore({ concurrent, lastDay, heldBytes }: Usage, { plan }: Preflight): Usage {
  return { concurrent: concurrent + 1, lastDay: lastDay + 1, heldBytes: heldBytes + mostBytes(plan) };
}

/** A capture that is not here yet counts with all that it can bring: it will want the room. */
function usageOf({ holding, unreadable, created }: TaskCounts, onDisk: ReadonlyMap<string, number>): Usage {
  const coming = new Map(
    holding.filter((task) => isComing(task)).map(({ id, plan }) => [id, mostBytes(plan)]),
  );
  const held = [...new Map([...onDisk, ...coming]).values()];
  return {
    concurrent: holding.length + unreadable,
    lastDay: created,
    heldBytes: held.reduce((sum, bytes) => sum + bytes, 0),
  };
}

function isComing(task: Task): boolean {
  return task.state === 'downloading' || filesOf(task).length === 0;
}

function describePolicy(policy: Policy): string {
  if (policy.read_only === true) {
    return 'this server is read-only: a real start would be denied';
  }
  return Object.keys(policy).length === 0
    ? "no policy file: only Azure's own limits count"
    : 'allowed by the policy file';
}
