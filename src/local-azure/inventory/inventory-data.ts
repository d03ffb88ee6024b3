import {
  resourceId,
  type Machine,
  type ScaleSet,
  type StorageAccount,
  type Subscription,
} from './resources.ts';

const tenantId = '7a1d5d2e-3c55-4a5e-9d0b-0c1f2a3b4c5d';
const homeId = '5c0f3f4e-8f6b-4e0c-9a2d-1b7e6d5c4b3a';
const otherId = '2b9e7a10-4c3d-4f5e-8a6b-7c8d9e0f1a2b';
const closedId = 'c4d5e6f7-0a1b-4c2d-9e3f-4a5b6c7d8e9f';

/** The container that the connection line names; it is there from the start, in `capwrightdemo`. */
export const storageContainer = 'captures';

/** The account that the connection line names. */
export const storageAccountName = 'capwrightdemo';

const group = 'capwright-demo';
const watcherGroup = 'NetworkWatcherRG';

/** What the simulated subscriptions hold; names and states are fixed so that tests and demos can rely on them. */
export function inventoryData(fleet: number): {
  tenantId: string;
  subscriptions: [Subscription, ...Subscription[]];
} {
  return { tenantId, subscriptions: [home(fleet), other(), closed()] };
}

function home(fleet: number): Subscription {
  const at = { subscription: homeId, group };
  const subnet = resourceId(homeId, group, 'Microsoft.Network/virtualNetworks/demo/subnets/web');
  const deny = { defaultAction: 'Deny', bypass: 'AzureServices', subnets: [] } as const;
  return {
    id: homeId,
    name: 'Capwright Demo',
    open: true,
    groups: [group, watcherGroup, 'shared-network'],
    machines: [
      machine(at, { name: 'web-01', address: '10.0.0.4' }),
      // The name that `az` gives the extension; the others have the portal's.
      machine(at, { name: 'web-02', address: '10.0.0.5', agentName: 'NetworkWatcherAgentLinux' }),
      machine(at, { name: 'no-agent-01', address: '10.0.0.6', hasAgent: false }),
      machine(at, { name: 'stopped-01', address: '10.0.0.7', power: 'deallocated' }),
      machine(at, { name: 'no-watcher-01', address: '10.8.0.4', location: 'westus' }),
      machine(at, { name: 'win-01', address: '10.0.0.8', os: 'Windows' }),
      machine(at, { name: 'eu-01', address: '10.9.0.4', location: 'westeurope' }),
      ...Array.from({ length: fleet }, (_, index) => machine(at, fleetMachine(index))),
    ],
    scaleSets: [
      scaleSet(at, 'web-set', '10.2.0', [{ instanceId: '0' }, { instanceId: '1' }, { instanceId: '2' }]),
      // Numbers with gaps, as a set has after scaling in, and two instances that cannot capture.
      scaleSet(at, 'mixed-set', '10.3.0', [
        { instanceId: '0' },
        { instanceId: '3', power: 'deallocated' },
        { instanceId: '5', hasAgent: false },
      ]),
    ],
    accounts: [
      account(at, { name: storageAccountName }),
      account(at, { name: 'lockedaccount', allowSharedKeyAccess: false }),
      account(at, { name: 'premiumdemo', sku: { name: 'Premium_LRS', tier: 'Premium' } }),
      account(at, { name: 'firewalleddemo', firewall: deny }),
      account(at, { name: 'subnetdemo', firewall: { ...deny, bypass: 'None', subnets: [subnet] } }),
      account(at, { name: 'privatedemo', publicNetworkAccess: 'Disabled', firewall: deny }),
      account(at, { name: 'farawaydemo', location: 'westeurope' }),
    ],
    watchers: [
      watcher({ subscription: homeId, group: watcherGroup }, 'NetworkWatcher_eastus', 'eastus'),
      // Neither name nor group is the portal's: whoever builds them from the region does not find it.
      watcher({ subscription: homeId, group: 'shared-network' }, 'watcher-europe', 'westeurope'),
    ],
  };
}

/** A second subscription, whose watcher has the same name as one in the first. */
function other(): Subscription {
  const at = { subscription: otherId, group: 'other-group' };
  return {
    id: otherId,
    name: 'Capwright Other',
    open: true,
    groups: [at.group, watcherGroup],
    machines: [machine(at, { name: 'other-01', address: '10.20.0.4' })],
    scaleSets: [],
    accounts: [account(at, { name: 'otherdemo' })],
    watchers: [watcher({ subscription: otherId, group: watcherGroup }, 'NetworkWatcher_eastus', 'eastus')],
  };
}

/** A subscription in which nobody who can sign in here has a right. */
function closed(): Subscription {
  const nothing = { groups: [], machines: [], scaleSets: [], accounts: [], watchers: [] };
  return { id: closedId, name: 'Capwright Closed', open: false, ...nothing };
}

interface Place {
  readonly subscription: string;
  readonly group: string;
}

function machine(at: Place, wanted: Partial<Machine> & { name: string; address: string }): Machine {
  return {
    id: resourceId(at.subscription, at.group, `Microsoft.Compute/virtualMachines/${wanted.name}`),
    group: at.group,
    location: 'eastus',
    power: 'running',
    os: 'Linux',
    hasAgent: true,
    agentName: 'AzureNetworkWatcherExtension',
    ...wanted,
  };
}

function fleetMachine(index: number): { name: string; address: string } {
  const number = index + 1;
  return {
    name: `fleet-${String(number).padStart(3, '0')}`,
    address: `10.${16 + Math.floor(number / 65_536)}.${Math.floor(number / 256) % 256}.${number % 256}`,
  };
}

function scaleSet(
  at: Place,
  name: string,
  network: string,
  instances: readonly (Partial<Machine> & { instanceId: string })[],
): ScaleSet {
  const id = resourceId(at.subscription, at.group, `Microsoft.Compute/virtualMachineScaleSets/${name}`);
  return {
    id,
    name,
    group: at.group,
    location: 'eastus',
    instances: instances.map((instance, index) => ({
      ...machine(at, { name: `${name}_${instance.instanceId}`, address: `${network}.${index + 4}` }),
      ...instance,
      id: `${id}/virtualMachines/${instance.instanceId}`,
    })),
  };
}

function account(at: Place, wanted: Partial<StorageAccount> & { name: string }): StorageAccount {
  return {
    id: resourceId(at.subscription, at.group, `Microsoft.Storage/storageAccounts/${wanted.name}`),
    group: at.group,
    location: 'eastus',
    sku: { name: 'Standard_LRS', tier: 'Standard' },
    allowSharedKeyAccess: true,
    publicNetworkAccess: 'Enabled',
    firewall: { defaultAction: 'Allow', bypass: 'AzureServices', subnets: [] },
    ...wanted,
  };
}

function watcher(at: Place, name: string, location: string) {
  const id = resourceId(at.subscription, at.group, `Microsoft.Network/networkWatchers/${name}`);
  return { id, name, group: at.group, location, subscriptionId: at.subscription };
}
