import type { ComputeManagementClient, VirtualMachine } from '@azure/arm-compute';
import { CapwrightError } from '../../domain/errors.ts';
import { agentMissing, findAgent } from './agent.ts';
import { parseArmId } from './arm-id.ts';
import type { Azure } from './azure.ts';
import { errorFacts, isMissing } from './error-facts.ts';
import {
  azFlags,
  called,
  canonicalId,
  checkedLocation,
  type ReadyTarget,
  type TargetAddress,
} from './target.ts';

/** Reads the VM and holds it against what a capture needs: it exists, runs, lies where expected, has the agent. */
export async function checkVm(
  azure: Azure,
  address: TargetAddress,
  locationHint: string | null,
  signal: AbortSignal,
): Promise<ReadyTarget> {
  const vm = await azure.bounded(
    { doing: 'reading the VM', ms: azure.timeouts.readMs, signal },
    async (abortSignal) => {
      const compute = await azure.clients.compute(address.subscriptionId);
      try {
        return await compute.virtualMachines.get(address.resourceGroup, address.name, {
          expand: 'instanceView',
          abortSignal,
        });
      } catch (error) {
        throw isMissing(error) ? await absent(compute, address, errorFacts(error).code, abortSignal) : error;
      }
    },
  );
  const location = checkedLocation(address, vm.location, locationHint);
  checkPower(vm, address);
  const agent = checkAgent(vm, address);
  return {
    ...address,
    id: parseArmId(vm.id ?? '')?.id ?? canonicalId(address),
    location,
    tags: vm.tags ?? {},
    scope: { include: [], exclude: [] },
    instances: [],
    idle: [],
    checks: [
      {
        name: 'vm',
        detail: `${address.name} exists in resource group ${address.resourceGroup} of subscription ${address.subscriptionId}`,
      },
      { name: 'power', detail: 'running' },
      { name: 'region', detail: location },
      { name: 'agent', detail: `${agent} is installed` },
    ],
  };
}

/** The power state among statuses, such as `running`; `unknown` where there is none. */
export function powerOf(statuses: readonly { code?: string }[] | undefined): string {
  const power = statuses
    ?.find(({ code }) => code?.startsWith('PowerState/'))
    ?.code?.slice('PowerState/'.length);
  return /^[a-z]{1,20}$/.exec(power ?? '')?.[0] ?? 'unknown';
}

/** A name without a type is looked for among the VMs only; a scale set that has it is worth a word. */
async function absent(
  compute: ComputeManagementClient,
  address: TargetAddress,
  code: string | null,
  abortSignal: AbortSignal,
): Promise<CapwrightError> {
  const { subscriptionId, resourceGroup, name } = address;
  if (code === 'ResourceGroupNotFound') {
    return new CapwrightError(
      'VM_NOT_FOUND',
      `Resource group ${resourceGroup} does not exist in the subscription.`,
      `Run \`az vm list --subscription ${subscriptionId} --query "[?name=='${name}'].resourceGroup" --output tsv\` and call start_capture with that resource_group.`,
    );
  }
  const isScaleSet = await compute.virtualMachineScaleSets
    .get(resourceGroup, name, { abortSignal })
    .then(() => true)
    .catch(() => false);
  return isScaleSet
    ? new CapwrightError(
        'VM_NOT_FOUND',
        `There is no VM ${name} in resource group ${resourceGroup}, but a scale set of that name.`,
        'Call start_capture again with target_type AzureVMSS.',
      )
    : new CapwrightError(
        'VM_NOT_FOUND',
        `There is no VM ${name} in resource group ${resourceGroup}.`,
        `Run \`az vm list --subscription ${subscriptionId} --output table\` and call start_capture with a VM and resource_group from it.`,
      );
}

function checkPower(vm: VirtualMachine, address: TargetAddress): void {
  const power = powerOf(vm.instanceView?.statuses);
  if (power !== 'running') {
    throw new CapwrightError(
      'VM_NOT_RUNNING',
      `${called(address)} is not running (power state: ${power}).`,
      `Run \`az vm start ${azFlags(address)} --name '${address.name}'\`, then call start_capture again.`,
    );
  }
}

function checkAgent(vm: VirtualMachine, address: TargetAddress): string {
  const found = findAgent(vm.resources);
  if (found === null || found.provisioningState !== 'Succeeded') {
    throw agentMissing(address, vm.storageProfile?.osDisk?.osType, found !== null);
  }
  return found.agent;
}
