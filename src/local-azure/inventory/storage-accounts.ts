import type { Reply, Route } from '../http/exchange.ts';
import { notFound } from './compute.ts';
import { findAccount, inventory, resourceId, same, type StorageAccount } from './inventory.ts';

const provider = 'Microsoft.Storage/storageAccounts';
const group = '/subscriptions/:subscription/resourceGroups/:group';

/** Reading storage accounts, alone or all. */
export function storageAccountRoutes(): Route[] {
  const action = `${provider}/read`;
  return [
    { method: 'GET', path: `/subscriptions/:subscription/providers/${provider}`, action, handle: list },
    { method: 'GET', path: `${group}/providers/${provider}`, action, handle: list },
    {
      method: 'GET',
      path: `${group}/providers/${provider}/:account`,
      action,
      handle(call) {
        const account = findAccount(call.param('account'));
        return account === undefined || !same(call.param('group'), inventory.resourceGroup)
          ? notFound(`${provider}/${call.param('account')}`, call.param('group'))
          : { status: 200, body: render(account) };
      },
    },
  ];
}

function list(): Reply {
  return { status: 200, body: { value: inventory.accounts.map(render) } };
}

function render(account: StorageAccount) {
  const host = (service: string): string => `https://${account.name}.${service}.core.windows.net/`;
  return {
    sku: account.sku,
    kind: account.sku.tier === 'Premium' ? 'BlockBlobStorage' : 'StorageV2',
    id: resourceId(inventory.resourceGroup, `${provider}/${account.name}`),
    name: account.name,
    type: provider,
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
      publicNetworkAccess: 'Enabled',
      minimumTlsVersion: 'TLS1_2',
      supportsHttpsTrafficOnly: true,
      networkAcls: { bypass: 'AzureServices', defaultAction: 'Allow', ipRules: [], virtualNetworkRules: [] },
      primaryEndpoints: { blob: host('blob'), dfs: host('dfs'), file: host('file'), queue: host('queue') },
    },
  };
}
