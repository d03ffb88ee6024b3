/** A simulated virtual machine. */
export interface VirtualMachine {
  readonly name: string;
  readonly location: string;
  readonly address: string;
  readonly power: 'running' | 'deallocated';
  readonly hasAgent: boolean;
}

/** A simulated storage account. */
export interface StorageAccount {
  readonly name: string;
  readonly location: string;
  readonly sku: { readonly name: string; readonly tier: string };
  readonly allowSharedKeyAccess: boolean;
}

/** A simulated Network Watcher, one per region at most. */
export interface Watcher {
  readonly name: string;
  readonly location: string;
}

const standard = { name: 'Standard_LRS', tier: 'Standard' };
const web = { location: 'eastus', power: 'running', hasAgent: true } as const;

/** What the simulated subscription holds; names and states are fixed so that tests and demos can rely on them. */
export const inventory = {
  tenantId: '7a1d5d2e-3c55-4a5e-9d0b-0c1f2a3b4c5d',
  subscriptionId: '5c0f3f4e-8f6b-4e0c-9a2d-1b7e6d5c4b3a',
  resourceGroup: 'capwright-demo',
  watcherGroup: 'NetworkWatcherRG',
  location: 'eastus',
  storageContainer: 'captures',
  machines: [
    { ...web, name: 'web-01', address: '10.0.0.4' },
    { ...web, name: 'web-02', address: '10.0.0.5' },
    { ...web, name: 'no-agent-01', address: '10.0.0.6', hasAgent: false },
    { ...web, name: 'stopped-01', address: '10.0.0.7', power: 'deallocated' },
    { ...web, name: 'no-watcher-01', address: '10.8.0.4', location: 'westus' },
  ] satisfies VirtualMachine[],
  accounts: [
    { name: 'capwrightdemo', location: 'eastus', sku: standard, allowSharedKeyAccess: true },
    { name: 'lockedaccount', location: 'eastus', sku: standard, allowSharedKeyAccess: false },
    {
      name: 'premiumdemo',
      location: 'eastus',
      sku: { name: 'Premium_LRS', tier: 'Premium' },
      allowSharedKeyAccess: true,
    },
  ] satisfies StorageAccount[],
  watchers: [{ name: 'NetworkWatcher_eastus', location: 'eastus' }] satisfies Watcher[],
} as const;

/** The machine of that name, in any case. */
export function findMachine(name: string): VirtualMachine | undefined {
  return inventory.machines.find((machine) => same(machine.name, name));
}

/** The account of that name, in any case. */
export function findAccount(name: string): StorageAccount | undefined {
  return inventory.accounts.find((account) => same(account.name, name));
}

/** The watcher of that name, in any case. */
export function findWatcher(name: string): Watcher | undefined {
  return inventory.watchers.find((watcher) => same(watcher.name, name));
}

/** Whether two ARM names mean the same. */
export function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** The full id of a resource in one of the simulated groups; `path` begins with the provider. */
export function resourceId(group: string, path: string): string {
  return `/subscriptions/${inventory.subscriptionId}/resourceGroups/${group}/providers/${path}`;
}
