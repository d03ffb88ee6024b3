import type { VirtualMachineScaleSet, VirtualMachineScaleSetVM } from '@azure/arm-compute';
import type { Instance } from '../../domain/capture-plan.ts';
import { CapwrightError } from '../../domain/errors.ts';
import type { CaptureTarget } from '../../ports.ts';
import { agentMissing, findAgent } from './agent.ts';
import { parseArmId } from './arm-id.ts';
import type { Azure } from './azure.ts';
import { isMissing } from './error-facts.ts';
import { resolveScope, type KnownInstance } from './instances.ts';
import { allPages } from './pages.ts';
import {
  azFlags,
  called,
  canonicalId,
  checkedLocation,
  type ReadyTarget,
  type TargetAddress,
} from './target.ts';
import { powerOf } from './vm.ts';

/**
 * Reads the scale set with its instances and holds it against what a capture needs. Those of the scope that don't run
 * or have no agent are named and expected to deliver nothing; where none is left, that is an error.
 */
export async function checkScaleSet(
  azure: Azure,
  address: TargetAddress,
  target: Pick<CaptureTarget, 'locationHint' | 'instances'>,
  signal: AbortSignal,
): Promise<ReadyTarget> {
  const { set, machines } = await read(azure, address, signal);
  const location = checkedLocation(address, set.location, target.locationHint);
  if (set.orchestrationMode === 'Flexible') {
    throw new CapwrightError(
      'INVALID_ARGUMENT',
      `${called(address)} is of the flexible kind, whose instances are VMs of their own.`,
      `Run \`az vm list ${azFlags(address)} --query "[].name" --output tsv\` and call start_capture with the VMs as targets.`,
    );
  }
  const id = parseArmId(set.id ?? '')?.id ?? canonicalId(address);
  const found = machines.flatMap((machine) => known(machine, id));
  const { scope, chosen } = resolveScope(found, target.instances, address);
  const agent = agentOf(set, found, address);
  const [running, off] = parted(chosen, ({ power }) => power === 'running');
  if (running.length === 0) {
    throw noneRunning(address, chosen);
  }
  // An instance that was not upgraded since the agent came into the model doesn't have it.
  const agentIsShown = found.some(({ hasAgent }) => hasAgent);
  const [ready, bare] = parted(running, ({ hasAgent }) => hasAgent || !agentIsShown);
  if (ready.length === 0) {
    throw agentMissing(address, osOf(set), false);
  }
  return {
    ...address,
    id,
    location,
    tags: set.tags ?? {},
    scope,
    instances: ready.map(bareInstance),
    idle: [...off, ...bare].map(bareInstance),
    checks: [
      {
        name: 'scale set',
        detail: `${address.name} exists in resource group ${address.resourceGroup} of subscription ${address.subscriptionId}; ${chosen.length} of ${found.length} instances are asked for`,
      },
      { name: 'power', detail: `running: ${names(running)}${unless(off, 'not running, and owing no file')}` },
      { name: 'region', detail: location },
      { name: 'agent', detail: `${agent} is installed${unless(bare, 'but not on')}` },
    ],
  };
}

async function read(azure: Azure, address: TargetAddress, signal: AbortSignal) {
  const work = { doing: 'reading the scale set', ms: azure.timeouts.readMs, signal };
  return azure.bounded(work, async (abortSignal) => {
    const compute = await azure.clients.compute(address.subscriptionId);
    const { resourceGroup, name } = address;
    try {
      const set = await compute.virtualMachineScaleSets.get(resourceGroup, name, { abortSignal });
      const listing = compute.virtualMachineScaleSetVMs.list(resourceGroup, name, {
        expand: 'instanceView',
        abortSignal,
      });
      return {
        set,
        machines: set.orchestrationMode === 'Flexible' ? [] : await allPages(listing, abortSignal),
      };
    } catch (error) {
      if (!isMissing(error)) {
        throw error;
      }
      const isVm = await compute.virtualMachines.get(resourceGroup, name, { abortSignal }).then(
        () => true,
        () => false,
      );
      throw absent(address, isVm);
    }
  });
}

interface SeenInstance extends KnownInstance {
  power: string;
  hasAgent: boolean;
}

function known(machine: VirtualMachineScaleSetVM, setId: string): SeenInstance[] {
  const { instanceId, name, instanceView, resources } = machine;
  if (instanceId === undefined || !/^[\w-]{1,80}$/.test(instanceId)) {
    return [];
  }
  const shown = name !== undefined && /^[\w.()-]{1,90}$/.test(name) ? name : instanceId;
  return [
    {
      id: instanceId,
      name: shown,
      armId: parseArmId(machine.id ?? '')?.id ?? `${setId}/virtualMachines/${instanceId}`,
      power: powerOf(instanceView?.statuses),
      hasAgent: findAgent(resources) !== null,
    },
  ];
}

function bareInstance({ id, name }: SeenInstance): Instance {
  return { id, name };
}

function agentOf(set: VirtualMachineScaleSet, found: SeenInstance[], address: TargetAddress): string {
  const inModel = findAgent(set.virtualMachineProfile?.extensionProfile?.extensions);
  if (inModel === null && !found.some(({ hasAgent }) => hasAgent)) {
    throw agentMissing(address, osOf(set), false);
  }
  return inModel?.agent ?? 'The Network Watcher agent';
}

function osOf(set: VirtualMachineScaleSet): string | undefined {
  return set.virtualMachineProfile?.storageProfile?.osDisk?.osType;
}

function absent(address: TargetAddress, isVm: boolean): CapwrightError {
  const { subscriptionId, resourceGroup, name } = address;
  return isVm
    ? new CapwrightError(
        'VM_NOT_FOUND',
        `There is no scale set ${name} in resource group ${resourceGroup}, but a VM of that name.`,
        'Call start_capture again with target_type AzureVM, or without it.',
      )
    : new CapwrightError(
        'VM_NOT_FOUND',
        `There is no scale set ${name} in resource group ${resourceGroup}.`,
        `Run \`az vmss list --subscription ${subscriptionId} --output table\` and call start_capture with a scale set and resource_group from it.`,
      );
}

function noneRunning(address: TargetAddress, chosen: SeenInstance[]): CapwrightError {
  return new CapwrightError(
    'VM_NOT_RUNNING',
    chosen.length === 0
      ? `${called(address)} has no instance.`
      : `${called(address)}: no instance that is asked for runs (${names(chosen)}).`,
    chosen.length === 0
      ? `Run \`az vmss scale ${azFlags(address)} --name '${address.name}' --new-capacity 1\`, then call start_capture again.`
      : `Run \`az vmss start ${azFlags(address)} --name '${address.name}' --instance-ids ${chosen
          .map(({ id }) => id)
          .slice(0, MOST_NAMES)
          .join(' ')}\`, then call start_capture again.`,
  );
}

const MOST_NAMES = 20;

/** Names, as many as a sentence bears. */
function names(instances: SeenInstance[]): string {
  const shown = instances.slice(0, MOST_NAMES).map(({ name }) => name);
  const more = instances.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function unless(instances: SeenInstance[], what: string): string {
  return instances.length === 0 ? '' : `; ${what}: ${names(instances)}`;
}

function parted<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}
