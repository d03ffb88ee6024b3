/** A simulated virtual machine, or one instance of a scale set. */
export interface Machine {
  /** Its ARM id; that of an instance ends in `/virtualMachineScaleSets/{set}/virtualMachines/{instanceId}`. */
  readonly id: string;
  readonly name: string;
  readonly group: string;
  readonly location: string;
  /** Its private IPv4 address. */
  readonly address: string;
  readonly power: 'running' | 'deallocated';
  readonly os: 'Linux' | 'Windows';
  /** Whether the NetworkWatcherAgent extension is on it; installing it through ARM sets this. */
  hasAgent: boolean;
  /** The name under which that extension is there; clients must not rely on it. */
  agentName: string;
  /** Set on instances of a scale set only. */
  readonly instanceId?: string;
}

/** A simulated scale set with its instances. */
export interface ScaleSet {
  readonly id: string;
  readonly name: string;
  readonly group: string;
  readonly location: string;
  readonly instances: readonly Machine[];
}

/** A simulated storage account with all that a capture may stumble over. */
export interface StorageAccount {
  readonly id: string;
  readonly name: string;
  readonly group: string;
  readonly location: string;
  readonly sku: { readonly name: string; readonly tier: string };
  readonly allowSharedKeyAccess: boolean;
  readonly publicNetworkAccess: 'Enabled' | 'Disabled';
  readonly firewall: {
    readonly defaultAction: 'Allow' | 'Deny';
    readonly bypass: 'AzureServices' | 'None';
    /** The subnets that may reach it although others may not. */
    readonly subnets: readonly string[];
  };
}

/** A simulated Network Watcher; one per region and subscription at most. */
export interface Watcher {
  readonly id: string;
  readonly name: string;
  readonly group: string;
  readonly location: string;
  readonly subscriptionId: string;
}

/** A subscription and what it holds; `open` tells whether the simulated applications have any right in it. */
export interface Subscription {
  readonly id: string;
  readonly name: string;
  readonly open: boolean;
  readonly groups: readonly string[];
  readonly machines: readonly Machine[];
  readonly scaleSets: readonly ScaleSet[];
  readonly accounts: readonly StorageAccount[];
  readonly watchers: Watcher[];
}

/** Whether two ARM names or ids mean the same. */
export function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** The id of a resource; `path` begins with the provider. */
export function resourceId(subscription: string, group: string, path: string): string {
  return `/subscriptions/${subscription}/resourceGroups/${group}/providers/${path}`;
}
