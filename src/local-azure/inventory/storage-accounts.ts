import type { Reply, Route } from '../http/exchange.ts';
import type { Inventory } from './inventory.ts';
import type { StorageAccount } from './resources.ts';
import { inSubscription, listed, named, notFound } from './scoped.ts';

/** The provider's name for storage accounts. */
export const accountType = 'Microsoft.Storage/storageAccounts';

const group = '/subscriptions/:subscription/resourceGroups/:group';

/** Reading storage accounts, alone or all, and the keys of one. */
export function storageAccountRoutes(inventory: Inventory, keys: ReadonlyMap<string, string>): Route[] {
  const action = `${accountType}/read`;
  const path = `${group}/providers/${accountType}`;
  const list = inSubscription(inventory, (call, { accounts }): Reply => {
    return { status: 200, body: { value: listed(call, accounts).map(render) } };
  });
  const one = (answer: (account: StorageAccount) => unknown) =>
    inSubscription(inventory, (call, { accounts }): Reply => {
      const account = named(call, accounts, call.param('account'));
      return account === undefined
        ? notFound(`${accountType}/${call.param('account')}`, call.param('group'))
        : { status: 200, body: answer(account) };
    });
  const listKeys = ({ name }: StorageAccount) => ({
    keys: [{ keyName: 'key1', value: keys.get(name) ?? '', permissions: 'FULL' }],
  });
  return [
    { method: 'GET', path: `/subscriptions/:subscription/providers/${accountType}`, action, handle: list },
    { method: 'GET', path, action, handle: list },
    { method: 'GET', path: `${path}/:account`, action, handle: one(render) },
    {
      method: 'POST',
      path: `${path}/:account/listKeys`,
      action: `${accountType}/listKeys/action`,
      handle: one(listKeys),
    },
  ];
}

function render(account: StorageAccount) {
  const host = (service: string): string => `https://${account.name}.${service}.core.windows.net/`;
  const { bypass, defaultAction, subnets } = account.firewall;
  return {
    sku: account.sku,
    kind: account.sku.tier === 'Premium' ? 'BlockBlobStorage' : 'StorageV2',
    id: account.id,
    name: account.name,
    type: accountType,
    location: account.location,
    tags: {},
    properties: {
      provisioningState: 'Succeeded',
      creationTime: '2026-01-05T09:12:44.1234567Z',
      primaryLocation: account.location,
      statusOfPrimary: 'available',
      accessTier: 'Hot',
      allowBlobPublicAccess: false,
      allowSharedKeyAccess: account.allowSharedKeyAccess,
      publicNetworkAccess: account.publicNetworkAccess,
      minimumTlsVersion: 'TLS1_2',
      supportsHttpsTrafficOnly: true,
      networkAcls: {
        bypass,
        defaultAction,
        ipRules: [],
        virtualNetworkRules: subnets.map((id) => ({ id, action: 'Allow', state: 'Succeeded' })),
      },
      primaryEndpoints: { blob: host('blob'), dfs: host('dfs'), file: host('file'), queue: host('queue') },
    },
  };
}
