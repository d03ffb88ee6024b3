import type { CapturePlan } from '../../domain/capture-plan.ts';
import type { PreflightCheck } from '../../domain/capture-request.ts';
import { CapwrightError } from '../../domain/errors.ts';
import { quoted } from '../../domain/quoted.ts';
import { sameName } from '../../domain/same-name.ts';
import type { CaptureTarget } from '../../ports.ts';
import { normalLocation, parseArmId, resourceName, subscriptionGuid } from './arm-id.ts';

/** Where a VM or a scale set is to be looked for. */
export interface TargetAddress {
  type: CapturePlan['targetType'];
  subscriptionId: string;
  resourceGroup: string;
  name: string;
}

/** A VM or a scale set that can be captured, and where it lies. */
export interface ReadyTarget extends TargetAddress {
  id: string;
  location: string;
  tags: Record<string, string>;
  /** Of a scale set; empty for a VM. */
  scope: CapturePlan['scope'];
  instances: CapturePlan['instances'];
  idle: CapturePlan['idle'];
  /** What was found, one line for each thing looked at. */
  checks: PreflightCheck[];
}

const TYPES: Record<string, CapturePlan['targetType']> = {
  'microsoft.compute/virtualmachines': 'AzureVM',
  'microsoft.compute/virtualmachinescalesets': 'AzureVMSS',
};
const INSTANCE = 'microsoft.compute/virtualmachinescalesets/virtualmachines';

/**
 * Finds out what is meant, from a name with its resource group or from a full id; a bare name is a VM's unless
 * target_type says otherwise. Throws INVALID_ARGUMENT, or what `defaultSubscription` throws.
 */
export async function targetAddress(
  target: CaptureTarget,
  defaultSubscription: () => Promise<string>,
): Promise<TargetAddress> {
  const address = target.target.includes('/')
    ? addressFromId(target)
    : await addressFromName(target, defaultSubscription);
  const { include, exclude } = target.instances;
  if (address.type === 'AzureVM' && include.length + exclude.length > 0) {
    const field = include.length > 0 ? 'include_instances' : 'exclude_instances';
    throw invalid(
      `${field} is for scale sets, and target is a VM.`,
      `Leave ${field} out, or set target_type to AzureVMSS.`,
    );
  }
  return address;
}

/** Refuses a target that doesn't lie where the caller thinks it does; gives its region in normal form. */
export function checkedLocation(address: TargetAddress, location: string, hint: string | null): string {
  const found = normalLocation(location);
  if (hint !== null && normalLocation(hint) !== found) {
    throw new CapwrightError(
      'LOCATION_MISMATCH',
      `${called(address)} lies in ${found}, and location is ${quoted(hint)}.`,
      `Leave location out or set it to ${found}, then call start_capture again.`,
    );
  }
  return found;
}

/** `VM web-01` or `Scale set web-set`, for the beginning of a sentence. */
export function called({ type, name }: TargetAddress): string {
  return `${type === 'AzureVM' ? 'VM' : 'Scale set'} ${name}`;
}

/** The flags by which az finds the resource group. */
export function azFlags({ subscriptionId, resourceGroup }: TargetAddress): string {
  return `--subscription ${subscriptionId} --resource-group '${resourceGroup}'`;
}

export function canonicalId({ type, subscriptionId, resourceGroup, name }: TargetAddress): string {
  const kind = type === 'AzureVM' ? 'virtualMachines' : 'virtualMachineScaleSets';
  return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.Compute/${kind}/${name}`;
}

function addressFromId(target: CaptureTarget): TargetAddress {
  const id = parseArmId(target.target);
  const type = id === null ? undefined : TYPES[id.type];
  if (id === null || type === undefined) {
    throw id?.type === INSTANCE
      ? invalid(
          'target is one instance of a scale set.',
          'Set target to the id of the scale set, and include_instances to the number of the instance.',
        )
      : invalid(
          `target is ${quoted(target.target)}, neither a name nor a full ARM id of a VM or a scale set.`,
          'Set target to a name together with resource_group, or to /subscriptions/…/resourceGroups/…/providers/Microsoft.Compute/virtualMachines/NAME (or …/virtualMachineScaleSets/NAME).',
        );
  }
  const clash = clashing(target, { ...id, type });
  if (clash !== null) {
    const [field, value, other] = clash;
    throw invalid(
      `${field} is ${quoted(value)}, and the id in target says ${quoted(other)}.`,
      `Leave ${field} out, or correct it, and call start_capture again.`,
    );
  }
  return checked(type, id.subscriptionId, id.resourceGroup, id.name);
}

/** The first argument that says something else than the id, with both values, if there is one. */
function clashing(
  target: CaptureTarget,
  id: TargetAddress,
): readonly [field: string, value: string, other: string] | null {
  const pairs = [
    ['target_type', target.targetType, id.type],
    ['resource_group', target.resourceGroup, id.resourceGroup],
    ['subscription_id', target.subscriptionId, id.subscriptionId],
  ] as const;
  for (const [field, value, other] of pairs) {
    if (value !== null && !sameName(value, other)) {
      return [field, value, other];
    }
  }
  return null;
}

async function addressFromName(
  target: CaptureTarget,
  defaultSubscription: () => Promise<string>,
): Promise<TargetAddress> {
  if (target.resourceGroup === null) {
    throw invalid(
      'resource_group is missing, and target is not a full id.',
      'Give resource_group, or set target to the full ARM id of the VM or scale set.',
    );
  }
  const subscriptionId = target.subscriptionId ?? (await defaultSubscription());
  return checked(target.targetType ?? 'AzureVM', subscriptionId, target.resourceGroup, target.target);
}

function checked(
  type: TargetAddress['type'],
  subscriptionId: string,
  resourceGroup: string,
  name: string,
): TargetAddress {
  return {
    type,
    subscriptionId: subscriptionGuid(subscriptionId),
    resourceGroup: resourceName('resource_group', resourceGroup),
    name: resourceName('target', name),
  };
}

function invalid(message: string, next: string): CapwrightError {
  return new CapwrightError('INVALID_ARGUMENT', message, next);
}
