import { armError, type Reply, type Route } from '../http/exchange.ts';
import { findMachine, inventory, resourceId, same, type VirtualMachine } from './inventory.ts';

const provider = 'Microsoft.Compute/virtualMachines';
const group = '/subscriptions/:subscription/resourceGroups/:group';

/** Reading virtual machines, alone or all, with the instance view when asked for. */
export function computeRoutes(): Route[] {
  const action = `${provider}/read`;
  return [
    { method: 'GET', path: `/subscriptions/:subscription/providers/${provider}`, action, handle: list },
    { method: 'GET', path: `${group}/providers/${provider}`, action, handle: list },
    {
      method: 'GET',
      path: `${group}/providers/${provider}/:vm`,
      action,
      handle(call) {
        const machine = findMachine(call.param('vm'));
        if (machine === undefined || !same(call.param('group'), inventory.resourceGroup)) {
          return notFound(`${provider}/${call.param('vm')}`, call.param('group'));
        }
        return {
          status: 200,
          body: render(machine, call.url.searchParams.get('$expand') === 'instanceView'),
        };
      },
    },
  ];
}

function list(): Reply {
  return { status: 200, body: { value: inventory.machines.map((machine) => render(machine, false)) } };
}

/** ARM's answer for a resource that the group does not hold; `path` begins with the provider. */
export function notFound(path: string, resourceGroup: string): Reply {
  const message = `The Resource '${path}' under resource group '${resourceGroup}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`;
  return armError(404, 'ResourceNotFound', message);
}

function render(machine: VirtualMachine, withInstanceView: boolean) {
  const id = resourceId(inventory.resourceGroup, `${provider}/${machine.name}`);
  const nic = resourceId(inventory.resourceGroup, `Microsoft.Network/networkInterfaces/${machine.name}-nic`);
  return {
    name: machine.name,
    id,
    type: provider,
    location: machine.location,
    tags: {},
    properties: {
      vmId: `0f0e0d0c-0b0a-4908-8706-${Buffer.from(machine.name.padEnd(6)).toString('hex').slice(0, 12)}`,
      provisioningState: 'Succeeded',
      hardwareProfile: { vmSize: 'Standard_B2s' },
      storageProfile: {
        imageReference: { publisher: 'Debian', offer: 'debian-12', sku: '12-gen2', version: 'latest' },
        osDisk: { osType: 'Linux', name: `${machine.name}-os`, createOption: 'FromImage', diskSizeGB: 30 },
        dataDisks: [],
      },
      osProfile: { computerName: machine.name, adminUsername: 'azureuser' },
      networkProfile: { networkInterfaces: [{ id: nic, properties: { primary: true } }] },
      ...(withInstanceView && { instanceView: instanceView(machine) }),
    },
    ...(machine.hasAgent && { resources: [agent(machine, id)] }),
  };
}

function instanceView({ name, power }: VirtualMachine) {
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

function agent(machine: VirtualMachine, machineId: string) {
  const name = 'AzureNetworkWatcherExtension';
  return {
    name,
    id: `${machineId}/extensions/${name}`,
    type: `${provider}/extensions`,
    location: machine.location,
    properties: {
      autoUpgradeMinorVersion: true,
      provisioningState: 'Succeeded',
      publisher: 'Microsoft.Azure.NetworkWatcher',
      type: 'NetworkWatcherAgentLinux',
      typeHandlerVersion: '1.4',
    },
  };
}
