import { LIMITS, type CapturePlan, type Ring } from './capture-plan.ts';
import { CapwrightError } from './errors.ts';
import type { StartCaptureInput } from './inputs.ts';
import { quoted } from './quoted.ts';

/** What a request says of its session, with everything that was left out filled in. */
export interface SessionTerms {
  durationSeconds: number;
  ring: Ring | null;
  /** null where the target is an id and tells it. */
  targetType: CapturePlan['targetType'] | null;
}

const PLAIN_SECONDS = 60;
const RING_SECONDS = 86_400;

type Asked = Pick<
  StartCaptureInput,
  | 'target'
  | 'target_type'
  | 'include_instances'
  | 'exclude_instances'
  | 'continuous'
  | 'duration_seconds'
  | 'max_bytes'
>;

/**
 * Resolves the length and kind of a session. Throws INVALID_ARGUMENT for arguments that are good one by one and
 * mean nothing together; the message names field and value, and `next` what is allowed.
 */
export function sessionTerms(asked: Asked): SessionTerms {
  mustAgreeOnTarget(asked);
  mustAgreeOnInstances(asked);
  mustAgreeOnSize(asked);
  const { continuous } = asked;
  const ring =
    continuous === undefined ? null : { fileCount: continuous.file_count, fileBytes: continuous.file_bytes };
  return {
    durationSeconds: asked.duration_seconds ?? (ring === null ? PLAIN_SECONDS : RING_SECONDS),
    ring,
    targetType: asked.target_type ?? null,
  };
}

/** Throws INVALID_ARGUMENT for a capture of a scale set that would leave more files than a task takes. */
export function mustLeaveFewFiles({ ring, instances }: Pick<CapturePlan, 'ring' | 'instances'>): void {
  const perMachine = ring?.fileCount ?? 1;
  if (perMachine * instances.length <= LIMITS.filesPerTask) {
    return;
  }
  const count = ring === null ? '' : ` and continuous.file_count is ${perMachine}`;
  throw invalid(
    `target is ${instances.length} instances${count}: more files than a task takes.`,
    `include_instances, so that instances${ring === null ? '' : ' × continuous.file_count'} are at most ${LIMITS.filesPerTask}`,
  );
}

/** The type that an ARM id tells, or null for a name and for anything else. */
export function typeOfId(target: string): CapturePlan['targetType'] | null {
  const [, kind] =
    /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/Microsoft\.Compute\/([^/]+)\/[^/]+\/?$/i.exec(
      target,
    ) ?? [];
  switch (kind?.toLowerCase()) {
    case 'virtualmachines':
      return 'AzureVM';
    case 'virtualmachinescalesets':
      return 'AzureVMSS';
    default:
      return null;
  }
}

function mustAgreeOnTarget({ target, target_type: said }: Asked): void {
  const told = typeOfId(target);
  if (said !== undefined && told !== null && said !== told) {
    throw invalid(
      `target_type is "${said}", but target is the id of an ${told}.`,
      `target_type "${told}", or leave it out: an id tells it`,
    );
  }
}

function mustAgreeOnInstances(asked: Asked): void {
  const { include_instances: include, exclude_instances: exclude } = asked;
  const field = include.length > 0 ? 'include_instances' : 'exclude_instances';
  const [first] = [...include, ...exclude];
  const type = typeOfId(asked.target) ?? asked.target_type ?? 'AzureVM';
  if (first !== undefined && type === 'AzureVM') {
    throw invalid(
      `${field} is [${quoted(first)}${include.length + exclude.length > 1 ? ', …' : ''}], but target is a VM, which has no instances.`,
      `${field} only for a scale set: its full ARM id, or its name with target_type "AzureVMSS"`,
    );
  }
  const excluded = new Set(exclude.map(bare));
  const twice = include.find((instance) => excluded.has(bare(instance)));
  if (twice !== undefined) {
    throw invalid(
      `include_instances and exclude_instances both name ${quoted(twice)}.`,
      'each instance in at most one of the two',
    );
  }
}

function mustAgreeOnSize({ continuous, duration_seconds: seconds, max_bytes: bytes }: Asked): void {
  if (continuous === undefined && seconds !== undefined && seconds > LIMITS.durationSeconds) {
    throw invalid(
      `duration_seconds is ${seconds}, more than the ${LIMITS.durationSeconds} that Azure allows.`,
      `duration_seconds from 1 to ${LIMITS.durationSeconds}, or with continuous up to ${LIMITS.ringSeconds}`,
    );
  }
  if (continuous !== undefined && bytes > 0) {
    throw invalid(
      `max_bytes is ${bytes}, but a continuous capture has no session cap.`,
      'no max_bytes: continuous.file_count × continuous.file_bytes bounds what is kept',
    );
  }
}

/** An instance may be named by its number or by its ARM id, which ends in it. */
function bare(instance: string): string {
  return (instance.split('/').at(-1) ?? instance).toLowerCase();
}

function invalid(message: string, allowed: string): CapwrightError {
  return new CapwrightError('INVALID_ARGUMENT', message, `Call start_capture again with ${allowed}.`);
}
