import { z } from 'zod';
import { StartCaptureInput } from './inputs.ts';

/** The most targets of one call: what is asked for together has to be read and approved together. */
export const MAX_TARGETS = 8;

const { shape } = StartCaptureInput;

/** One of several targets. What it leaves out, the call says for all; without words, which those fields have there. */
const Target = z.strictObject({
  target: z.string().min(1).max(512),
  target_type: shape.target_type.unwrap().optional(),
  include_instances: shape.include_instances.removeDefault().optional(),
  exclude_instances: shape.exclude_instances.removeDefault().optional(),
  resource_group: shape.resource_group.unwrap().optional(),
  subscription_id: shape.subscription_id.unwrap().optional(),
  storage_account: shape.storage_account.unwrap().optional(),
  storage_container: shape.storage_container.unwrap().optional(),
  location: shape.location.unwrap().optional(),
  filters: shape.filters.removeDefault().optional(),
});

/** What callers of start_capture send: one target or several, for real or only to look. */
export const StartCaptureArguments = StartCaptureInput.extend({
  target: shape.target.optional(),
  targets: z
    .array(Target)
    .min(2)
    .max(MAX_TARGETS)
    .optional()
    .describe(
      'Instead of target: several at once, such as both ends of a conversation. What one leaves out, the call says.',
    ),
  dry_run: z
    .boolean()
    .default(false)
    .describe('Only checks, and shows what it found and the request to Azure.'),
  plan_id: z
    .string()
    .min(1)
    .max(128)
    .optional()
    .describe('From approval_required: starts what was shown. All other arguments as they were.'),
}).superRefine(({ target, targets, dry_run: dryRun, plan_id: planId }, context) => {
  const complain = (message: string): void => context.addIssue({ code: 'custom', message });
  if (target === undefined && targets === undefined) {
    complain('give target, or targets for several: neither was given');
  }
  if (target !== undefined && targets !== undefined) {
    complain('give either target or targets: both were given');
  }
  if (dryRun && planId !== undefined) {
    complain('plan_id: a dry_run starts nothing and takes none');
  }
});
export type StartCaptureArguments = z.infer<typeof StartCaptureArguments>;

/** A start of one target or several; a dry run is another use-case, never a property of a task. */
export type StartRequest = Omit<StartCaptureArguments, 'dry_run'>;

/** The request as one request for each target, in the caller's order. */
export function eachTarget(request: StartRequest): StartCaptureInput[] {
  const { target, targets, plan_id: _plan, ...shared } = request;
  return (targets ?? [{ target }]).map((one) => StartCaptureInput.parse({ ...shared, ...one }));
}
