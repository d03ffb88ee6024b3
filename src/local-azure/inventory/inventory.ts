import { inventoryData } from './inventory-data.ts';
import { same, type Machine, type ScaleSet, type StorageAccount, type Subscription } from './resources.ts';

/** Everything that one Local Azure holds, and how to find it. ARM compares names and ids without regard to case. */
export interface Inventory {
  readonly tenantId: string;
  /** The subscription that the connection line names. */
  readonly home: Subscription;
  readonly subscriptions: readonly Subscription[];
  subscription(id: string): Subscription | undefined;
  machine(id: string): Machine | undefined;
  scaleSet(id: string): ScaleSet | undefined;
  /** Account names are unique in the whole cloud. */
  account(name: string): StorageAccount | undefined;
}

/** A fresh inventory; `fleet` adds that many machines, `fleet-001` and on, to the first subscription. */
export function createInventory(options: { fleet?: number } = {}): Inventory {
  const { tenantId, subscriptions } = inventoryData(options.fleet ?? 0);
  const [home] = subscriptions;
  return {
    tenantId,
    home,
    subscriptions,
    subscription: (id) => subscriptions.find((subscription) => same(subscription.id, id)),
    machine: (id) => byId(subscriptions, 'machines', id),
    scaleSet: (id) => byId(subscriptions, 'scaleSets', id),
    account: (name) =>
      subscriptions.flatMap(({ accounts }) => accounts).find((account) => same(account.name, name)),
  };
}

function byId<Kind extends 'machines' | 'scaleSets'>(
  subscriptions: readonly Subscription[],
  kind: Kind,
  id: string,
): Subscription[Kind][number] | undefined {
  for (const subscription of subscriptions) {
    const list: readonly Subscription[Kind][number][] = subscription[kind];
    const found = list.find((resource) => same(resource.id, id));
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}
