import { createHash } from 'node:crypto';
import type { Machine } from './resources.ts';

/** The provider's name for virtual machines. */
export const machineType = 'Microsoft.Compute/virtualMachines';

/** Publisher, type and version by which the agent extension is known; its name may be any. */
export const agentExtension = {
  publisher: 'Microsoft.Azure.NetworkWatcher',
  type: 'NetworkWatcherAgentLinux',
  typeHandlerVersion: '1.4',
  autoUpgradeMinorVersion: true,
} as const;

/** A virtual machine as compute answers it; the instance view only when asked for. */
export function renderMachine(machine: Machine, withInstanceView: boolean) {
  return {
    name: machine.name,
    id: machine.id,
    type: machineType,
    location: machine.location,
    tags: {},
    properties: machineProperties(machine, withInstanceView),
    ...(machine.hasAgent && { resources: [renderAgent(machine, `${machineType}/extensions`)] }),
  };
}

/** What a machine and an instance of a scale set have in common. */
export function machineProperties(machine: Machine, withInstanceView: boolean) {
  const nic = machine.id.replace(
    /Microsoft\.Compute\/.*$/u,
    `Microsoft.Network/networkInterfaces/${machine.name}-nic`,
  );
  return {
    vmId: stableUuid(machine.id),
    provisioningState: 'Succeeded',
    hardwareProfile: { vmSize: 'Standard_B2s' },
    storageProfile: {
      imageReference: { publisher: 'Debian', offer: 'debian-12', sku: '12-gen2', version: 'latest' },
      osDisk: { osType: 'Linux', name: `${machine.name}-os`, createOption: 'FromImage', diskSizeGB: 30 },
      dataDisks: [],
    },
    osProfile: { computerName: machine.name, adminUsername: 'azureuser' },
    networkProfile: { networkInterfaces: [{ id: nic, properties: { primary: true } }] },
    ...(withInstanceView && { instanceView: renderInstanceView(machine) }),
  };
}

/** The instance view with its power state. */
export function renderInstanceView({ name, power }: Machine) {
  return {
    computerName: name,
    osName: 'debian',
    osVersion: '12',
    statuses: [
      { code: 'ProvisioningState/succeeded', level: 'Info', displayStatus: 'Provisioning succeeded' },
      { code: `PowerState/${power}`, level: 'Info', displayStatus: `VM ${power}` },
    ],
  };
}

/** The agent extension on a machine, with the resource type that its parent gives it. */
export function renderAgent(machine: Machine, type: string, name = 'AzureNetworkWatcherExtension') {
  return {
    name,
    id: `${machine.id}/extensions/${name}`,
    type,
    location: machine.location,
    properties: { ...agentExtension, provisioningState: 'Succeeded' },
  };
}

function stableUuid(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
