import { z } from 'zod';
import { LIMITS, sessionCap } from './capture-plan.ts';
import { CapwrightError } from './errors.ts';
import { quoted } from './quoted.ts';
import { sameName } from './same-name.ts';

const count = z.number().int().min(1);

/** What the operator allows; a field that is absent limits nothing. */
export const Policy = z.strictObject({
  subscriptions: z
    .array(z.guid())
    .min(1)
    .optional()
    .describe('Ids of the subscriptions in which VMs may be captured.'),
  resource_groups: z
    .array(z.string().min(1).max(90))
    .min(1)
    .optional()
    .describe('Resource groups whose VMs may be captured.'),
  vm_tags: z
    .record(z.string().min(1).max(512), z.string().max(256))
    .optional()
    .describe('Tags that a VM must have, all of them, with exactly these values.'),
  max_duration_seconds: count.max(LIMITS.ringSeconds).optional().describe('Longest session.'),
  max_bytes: count
    .max(LIMITS.ringFiles * LIMITS.ringFileBytes)
    .optional()
    .describe('Largest session cap of one machine; of a ring, all its files.'),
  max_concurrent_captures: count.optional().describe('Of all servers that share the state directory.'),
  max_captures_per_day: count.optional().describe('The same, in any 24 hours.'),
  read_only: z.boolean().optional().describe('Nothing is started and no cleanup plan is carried out.'),
  approval: z
    .enum(['always', 'destructive', 'never'])
    .optional()
    .describe(
      'What needs a yes first. always: every start too; destructive, the default: what is deleted or thrown away; never: nothing.',
    ),
  disk_quota_bytes: count
    .optional()
    .describe('For captures in the state directory, with the caps of those under way.'),
  retention_days: z
    .number()
    .min(1)
    .max(36_500)
    .optional()
    .describe('Age after which cleanup_orphans proposes captures and reports for deletion.'),
  changed_by: z
    .string()
    .regex(/^[^\p{C}]{1,200}$/u, 'one line of at most 200 characters')
    .optional()
    .describe('Who can change the policy; quoted where it denies something.'),
});
export type Policy = z.infer<typeof Policy>;

/** What captures there are already, as limits count them. */
export interface Usage {
  /** Captures that may exist in Azure now. */
  concurrent: number;
  /** Captures that were accepted within the last 24 hours, whatever became of them. */
  lastDay: number;
  /** Bytes of captures on disk, and the caps of those that are still to be downloaded. */
  heldBytes: number;
}

/** One capture that is asked for; null means not known yet, and then nothing is decided about it. */
export interface Asked {
  durationSeconds: number;
  /** Of one machine's session; 0 means Azure's default. */
  totalBytes: number;
  /** The most that all its sessions can bring to disk. */
  mostBytes: number;
  subscriptionId: string | null;
  resourceGroup: string | null;
  vmTags: Readonly<Record<string, string>> | null;
  usage: Usage | null;
}

/** A rule that is against it: what it allows and what was asked, in words. */
export interface Denial {
  rule: keyof Policy;
  limit: string;
  asked: string;
}

/** The first rule of the policy that forbids the capture, or null where none does. */
export function denialOf(policy: Policy, asked: Asked): Denial | null {
  return readOnlyDenial(policy) ?? targetDenial(policy, asked) ?? sizeDenial(policy, asked);
}

/** The denial of a policy that allows no change at all. */
export function readOnlyDenial(policy: Policy): Denial | null {
  return policy.read_only === true
    ? { rule: 'read_only', limit: 'no change of anything', asked: 'a change' }
    : null;
}

/** Whether so many bytes more would be too many for the disk quota. */
export function quotaDenial(policy: Policy, heldBytes: number, bytes: number): Denial | null {
  const unit = `bytes, ${heldBytes} held already and ${bytes} for this one,`;
  return above('disk_quota_bytes', policy.disk_quota_bytes, heldBytes + bytes, unit);
}

/** The refusal that a caller gets: the rule, its limit, what was asked, and who can change it. */
export function policyDenied({ rule, limit, asked }: Denial, policy: Policy): CapwrightError {
  const keeper = policy.changed_by ?? 'whoever keeps the policy file of this server';
  return new CapwrightError(
    'POLICY_DENIED',
    `The policy of this server forbids it: ${rule} allows ${limit}, and ${asked} was asked for.`,
    `Ask for what ${rule} allows; the policy can be changed by: ${keeper}.`,
  );
}

function targetDenial(policy: Policy, { subscriptionId, resourceGroup, vmTags }: Asked): Denial | null {
  return (
    unlisted('subscriptions', policy.subscriptions, subscriptionId) ??
    unlisted('resource_groups', policy.resource_groups, resourceGroup) ??
    untagged(policy.vm_tags ?? {}, vmTags)
  );
}

/** Azure compares both without regard to case. */
function unlisted(
  rule: 'subscriptions' | 'resource_groups',
  allowed: readonly string[] | undefined,
  asked: string | null,
): Denial | null {
  return allowed === undefined || asked === null || allowed.some((one) => sameName(one, asked))
    ? null
    : { rule, limit: allowed.map(quoted).join(', '), asked: quoted(asked) };
}

/** Azure compares the names of tags without regard to case, and their values with it. */
function untagged(wanted: Record<string, string>, tags: Asked['vmTags']): Denial | null {
  if (tags === null) {
    return null;
  }
  const has = ([name, value]: [string, string]): boolean =>
    Object.entries(tags).some(([other, its]) => sameName(other, name) && its === value);
  const missing = Object.entries(wanted).find((tag) => !has(tag));
  return missing === undefined
    ? null
    : {
        rule: 'vm_tags',
        limit: `only VMs with tag ${quoted(missing.join('='))}`,
        asked: 'a VM without it',
      };
}

function sizeDenial(policy: Policy, { durationSeconds, totalBytes, mostBytes, usage }: Asked): Denial | null {
  const bytes = sessionCap(totalBytes);
  const implied = totalBytes === 0 ? ", Azure's cap where max_bytes is left out," : '';
  return (
    above('max_duration_seconds', policy.max_duration_seconds, durationSeconds, 's') ??
    above('max_bytes', policy.max_bytes, bytes, `bytes${implied}`) ??
    (usage === null
      ? null
      : (above('max_concurrent_captures', policy.max_concurrent_captures, usage.concurrent + 1, 'at once') ??
        above('max_captures_per_day', policy.max_captures_per_day, usage.lastDay + 1, 'within 24 hours') ??
        quotaDenial(policy, usage.heldBytes, mostBytes)))
  );
}

function above(rule: keyof Policy, limit: number | undefined, asked: number, unit: string): Denial | null {
  return limit === undefined || asked <= limit
    ? null
    : { rule, limit: String(limit), asked: `${asked} ${unit}` };
}
