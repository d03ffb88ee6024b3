import type { StartCaptureInput } from '../domain/inputs.ts';
import { sessionCap, type CapturePlan } from '../domain/capture-plan.ts';
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
import { fileOf } from '../domain/task.ts';
import type { Admission, Artefacts, Clock, Preflight, TaskCounts, TaskStore } from '../ports.ts';

const DAY_MS = 86_400_000;

/** Holds what callers ask for against the operator's policy; each method throws POLICY_DENIED. */
export interface Guardrails {
  /** A request, as far as it can be judged before Azure is asked anything. */
  checkRequest(input: StartCaptureInput, purpose: Purpose): Promise<void>;
  /** What the request came to, judged whole. */
  checkPreflight(found: Preflight, purpose: Purpose): Promise<void>;
  /** The limits that are counted, for the store to judge when it stores: calls may race each other. */
  admission(found: Preflight): Promise<Admission | undefined>;
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
    admission: async (found) => {
      const onDisk = await sizes();
      const admit = (now: TaskCounts): void => judge(planned(found, usageOf(now, onDisk)), 'start');
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
  return {
    durationSeconds: sessionTerms(input).durationSeconds,
    totalBytes: input.max_bytes,
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
    totalBytes: plan.totalBytes,
    subscriptionId: plan.subscriptionId,
    resourceGroup: plan.vmResourceGroup,
    vmTags,
    usage,
  };
}

/** A capture that is not here yet counts with its whole cap: it will want the room. */
function usageOf({ holding, created }: TaskCounts, onDisk: ReadonlyMap<string, number>): Usage {
  const coming = new Map(
    holding.filter((task) => fileOf(task) === null).map(({ id, plan }) => [id, sessionCap(plan.totalBytes)]),
  );
  const held = [...new Map([...onDisk, ...coming]).values()];
  return {
    concurrent: holding.length,
    lastDay: created,
    heldBytes: held.reduce((sum, bytes) => sum + bytes, 0),
  };
}

function describePolicy(policy: Policy): string {
  if (policy.read_only === true) {
    return 'this server is read-only: a real start would be denied';
  }
  return Object.keys(policy).length === 0
    ? "no policy file: only Azure's own limits count"
    : 'allowed by the policy file';
}
