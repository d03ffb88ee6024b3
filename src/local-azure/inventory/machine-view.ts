import { createHash } from 'node:crypto';
import type { Machine } from './resources.ts';

/** The provider's name for virtual machines. */
export const machineType = 'Microsoft.Compute/virtualMachines';

/** Publisher, type and version by which the agent extension is known; its name may be any. */
export function agentExtension(os: Machine['os']) {
  return {
    publisher: 'Microsoft.Azure.NetworkWatcher',
    type: `NetworkWatcherAgent${os}`,
    typeHandlerVersion: '1.4',
    autoUpgradeMinorVersion: true,
  };
}

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

const images = {
  Linux: { publisher: 'Debian', offer: 'debian-12', sku: '12-gen2', version: 'latest' },
  Windows: {
    publisher: 'MicrosoftWindowsServer',
    offer: 'WindowsServer',
    sku: '2022-datacenter-g2',
    version: 'latest',
  },
} as const;

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
      imageReference: images[machine.os],
      osDisk: { osType: machine.os, name: `${machine.name}-os`, createOption: 'FromImage', diskSizeGB: 30 },
      dataDisks: [],
    },
    osProfile: { computerName: machine.name, adminUsername: 'azureuser' },
    networkProfile: { networkInterfaces: [{ id: nic, properties: { primary: true } }] },
    ...(withInstanceView && { instanceView: renderInstanceView(machine) }),
  };
}

/** The instance view with its power state. */
export function renderInstanceView({ name, os, power }: Machine) {
  return {
    computerName: name,
    ...(os === 'Linux'
      ? { osName: 'debian', osVersion: '12' }
      : { osName: 'Windows Server 2022 Datacenter', osVersion: '10.0.20348.2113' }),
    statuses: [
      { code: 'ProvisioningState/succeeded', level: 'Info', displayStatus: 'Provisioning succeeded' },
      { code: `PowerState/${power}`, level: 'Info', displayStatus: `VM ${power}` },
    ],
  };
}

/** The agent extension on a machine, with the resource type that its parent gives it. */
export function renderAgent(machine: Machine, type: string, provisioningState = 'Succeeded') {
  return {
    name: machine.agentName,
    id: `${machine.id}/extensions/${machine.agentName}`,
    type,
    location: machine.location,
    properties: { ...agentExtension(machine.os), provisioningState },
  };
}

function stableUuid(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
