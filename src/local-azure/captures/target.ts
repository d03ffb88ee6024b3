import type { Inventory } from '../inventory/inventory.ts';
import { same, type Machine, type Watcher } from '../inventory/resources.ts';
import type { CaptureRequest } from './request.ts';

/** Where a capture takes place. */
export interface CaptureTarget {
  /** The name of the machine or of the scale set. */
  readonly name: string;
  /** One machine, or the instances that the scope leaves over. */
  readonly machines: readonly Machine[];
}

/**
 * The target that a request names, if it lies in the watcher's region and subscription. An instance that the scope
 * names and the set does not have is passed over: what the service does then is not on record.
 */
export function findTarget(
  inventory: Inventory,
  watcher: Watcher,
  request: Pick<CaptureRequest, 'target' | 'targetType' | 'scope'>,
): CaptureTarget | undefined {
  const { target, targetType, scope } = request;
  const found = targetType === 'AzureVM' ? inventory.machine(target) : inventory.scaleSet(target);
  const here = `/subscriptions/${watcher.subscriptionId}/`.toLowerCase();
  if (found === undefined || found.location !== watcher.location || !target.toLowerCase().startsWith(here)) {
    return undefined;
  }
  if (!('instances' in found)) {
    return { name: found.name, machines: [found] };
  }
  const machines = found.instances.filter(
    ({ id }) => (scope.include.length === 0 || isNamed(scope.include, id)) && !isNamed(scope.exclude, id),
  );
  return { name: found.name, machines };
}

function isNamed(list: readonly string[], id: string): boolean {
  return list.some((entry) => same(entry, id));
}

/** Whether a session can take place on the machine. */
export function canCapture(machine: Machine): boolean {
  return machine.hasAgent && machine.power === 'running';
}
