import type { VirtualMachine } from '@azure/arm-compute';
import { CapwrightError } from '../../domain/errors.ts';
import type { CaptureTarget } from '../../ports.ts';
import { normalLocation, parseArmId, resourceName, sameName, subscriptionGuid } from './arm-id.ts';
import type { Azure } from './azure.ts';
import { errorFacts, isMissing } from './error-facts.ts';

/** Where a VM is to be looked for. */
export interface VmAddress {
  subscriptionId: string;
  resourceGroup: string;
  name: string;
}

/** A VM that runs, has the agent, and where it lies. */
export interface ReadyVm extends VmAddress {
  id: string;
  location: string;
  /** Azure's name of the agent extension. */
  agent: string;
  tags: Record<string, string>;
}

/** Finds out which VM is meant, from a name with its resource group or from a full id. Calls nothing. */
export function vmAddress(target: CaptureTarget, defaultSubscription: string | null): VmAddress {
  return target.target.includes('/') ? addressFromId(target) : addressFromName(target, defaultSubscription);
}

/** Reads the VM and holds it against what a capture needs: it exists, runs, lies where expected, has the agent. */
export async function checkVm(
  azure: Azure,
  address: VmAddress,
  locationHint: string | null,
  signal: AbortSignal,
): Promise<ReadyVm> {
  const vm = await azure.bounded(
    { doing: 'reading the VM', ms: azure.timeouts.readMs, signal },
    async (abortSignal) => {
      const compute = await azure.clients.compute(address.subscriptionId);
      return await compute.virtualMachines
        .get(address.resourceGroup, address.name, { expand: 'instanceView', abortSignal })
        .catch((error: unknown) => {
          throw isMissing(error) ? vmNotFound(address, errorFacts(error).code) : error;
        });
    },
  );
  const location = normalLocation(vm.location);
  if (locationHint !== null && normalLocation(locationHint) !== location) {
    throw new CapwrightError(
      'LOCATION_MISMATCH',
      `VM ${address.name} lies in ${location}, not where location says.`,
      `Leave location out or set it to ${location}, then call start_capture again.`,
    );
  }
  checkPower(vm, address);
  const agent = checkAgent(vm, address);
  const id = parseArmId(vm.id ?? '')?.id ?? canonicalId(address);
  return { ...address, id, location, agent, tags: vm.tags ?? {} };
}

function addressFromId(target: CaptureTarget): VmAddress {
  const id = parseArmId(target.target);
  if (id === null || id.type !== 'microsoft.compute/virtualmachines') {
    const scaleSet = id?.type.startsWith('microsoft.compute/virtualmachinescalesets') === true;
    throw new CapwrightError(
      'INVALID_ARGUMENT',
      scaleSet
        ? 'target is a virtual machine scale set, and only single VMs can be captured so far.'
        : 'target is neither a VM name nor a full ARM id of a VM.',
      'Set target to a VM name together with resource_group, or to /subscriptions/…/resourceGroups/…/providers/Microsoft.Compute/virtualMachines/NAME.',
    );
  }
  const clash =
    (target.resourceGroup !== null &&
      !sameName(target.resourceGroup, id.resourceGroup) &&
      'resource_group') ||
    (target.subscriptionId !== null &&
      !sameName(target.subscriptionId, id.subscriptionId) &&
      'subscription_id');
  if (clash) {
    throw new CapwrightError(
      'INVALID_ARGUMENT',
      `${clash} disagrees with the id in target.`,
      `Leave ${clash} out, or correct it, and call start_capture again.`,
    );
  }
  return checked(id.subscriptionId, id.resourceGroup, id.name);
}

function addressFromName(target: CaptureTarget, defaultSubscription: string | null): VmAddress {
  const subscriptionId = target.subscriptionId ?? defaultSubscription;
  if (target.resourceGroup === null) {
    throw new CapwrightError(
      'INVALID_ARGUMENT',
      'resource_group is missing, and target is not a full id.',
      'Give resource_group, or set target to the full ARM id of the VM.',
    );
  }
  if (subscriptionId === null) {
    throw new CapwrightError(
      'AZURE_NOT_CONFIGURED',
      'No Azure subscription is configured and none was given.',
      'Give subscription_id, or set AZURE_SUBSCRIPTION_ID for the server (`az account show --query id`).',
    );
  }
  return checked(subscriptionId, target.resourceGroup, target.target);
}

function checked(subscriptionId: string, resourceGroup: string, name: string): VmAddress {
  return {
    subscriptionId: subscriptionGuid(subscriptionId),
    resourceGroup: resourceName('resource_group', resourceGroup),
    name: resourceName('target', name),
  };
}

function canonicalId({ subscriptionId, resourceGroup, name }: VmAddress): string {
  return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.Compute/virtualMachines/${name}`;
}

function vmNotFound(address: VmAddress, code: string | null): CapwrightError {
  const { subscriptionId, resourceGroup, name } = address;
  return code === 'ResourceGroupNotFound'
    ? new CapwrightError(
        'VM_NOT_FOUND',
        `Resource group ${resourceGroup} does not exist in the subscription.`,
        `Run \`az vm list --subscription ${subscriptionId} --query "[?name=='${name}'].resourceGroup" --output tsv\` and call start_capture with that resource_group.`,
      )
    : new CapwrightError(
        'VM_NOT_FOUND',
        `There is no VM ${name} in resource group ${resourceGroup}.`,
        `Run \`az vm list --subscription ${subscriptionId} --output table\` and call start_capture with a VM and resource_group from it.`,
      );
}

function checkPower(vm: VirtualMachine, address: VmAddress): void {
  const codes = vm.instanceView?.statuses?.map((status) => status.code ?? '') ?? [];
  const power =
    codes.find((code) => code.startsWith('PowerState/'))?.slice('PowerState/'.length) ?? 'unknown';
  if (power !== 'running') {
    const state = /^[a-z]{1,20}$/.test(power) ? power : 'unknown';
    throw new CapwrightError(
      'VM_NOT_RUNNING',
      `VM ${address.name} is not running (power state: ${state}).`,
      `Run \`az vm start ${flags(address)} --name '${address.name}'\`, then call start_capture again.`,
    );
  }
}

const PUBLISHER = 'Microsoft.Azure.NetworkWatcher';
const AGENTS = { Linux: 'NetworkWatcherAgentLinux', Windows: 'NetworkWatcherAgentWindows' } as const;

function checkAgent(vm: VirtualMachine, address: VmAddress): string {
  const agent = vm.resources?.find(
    (extension) => sameName(extension.publisher ?? '', PUBLISHER) && agentOf(extension) !== undefined,
  );
  const found = agent === undefined ? undefined : agentOf(agent);
  if (found !== undefined && agent?.provisioningState === 'Succeeded') {
    return found;
  }
  const type = vm.storageProfile?.osDisk?.osType === 'Windows' ? AGENTS.Windows : AGENTS.Linux;
  throw new CapwrightError(
    'AGENT_MISSING',
    agent === undefined
      ? `VM ${address.name} has no Network Watcher agent extension, without which nothing can be captured.`
      : `The Network Watcher agent extension of VM ${address.name} is not ready.`,
    `Run \`az vm extension set ${flags(address)} --vm-name '${address.name}' --name ${type} --publisher ${PUBLISHER} --version 1.4\`, then call start_capture again.`,
  );
}

function agentOf(extension: { typePropertiesType?: string }): string | undefined {
  return Object.values(AGENTS).find((type) => sameName(type, extension.typePropertiesType ?? ''));
}

function flags({ subscriptionId, resourceGroup }: VmAddress): string {
  return `--subscription ${subscriptionId} --resource-group '${resourceGroup}'`;
}
