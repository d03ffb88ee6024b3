import { armError, type Reply, type Route } from '../http/exchange.ts';
import type { BlobStore } from '../azurite/blob-store.ts';
import type { Inventory } from './inventory.ts';
import type { StorageAccount } from './resources.ts';
import { inSubscription, named, notFound } from './scoped.ts';
import { accountType } from './storage-accounts.ts';

/** Reading a blob container through ARM, which needs no right on the data and passes the account's firewall. */
export function containerRoutes(inventory: Inventory, blobs: BlobStore): Route[] {
  const base = `/subscriptions/:subscription/resourceGroups/:group/providers/${accountType}/:account`;
  return [
    {
      method: 'GET',
      path: `${base}/blobServices/default/containers/:container`,
      action: `${accountType}/blobServices/containers/read`,
      handle: inSubscription(inventory, async (call, { accounts }): Promise<Reply> => {
        const account = named(call, accounts, call.param('account'));
        if (account === undefined) {
          return notFound(`${accountType}/${call.param('account')}`, call.param('group'));
        }
        const name = call.param('container');
        const found = await blobs.container(account.name, name);
        return found === undefined
          ? armError(404, 'ContainerNotFound', 'The specified container does not exist.')
          : { status: 200, headers: { etag: found.etag }, body: render(account, name, found) };
      }),
    },
  ];
}

function render(account: StorageAccount, name: string, found: { etag: string; lastModified: Date }) {
  return {
    id: `${account.id}/blobServices/default/containers/${name}`,
    name,
    type: `${accountType}/blobServices/containers`,
    etag: found.etag,
    properties: {
      deleted: false,
      remainingRetentionDays: 0,
      defaultEncryptionScope: '$account-encryption-key',
      denyEncryptionScopeOverride: false,
      publicAccess: 'None',
      leaseStatus: 'Unlocked',
      leaseState: 'Available',
      lastModifiedTime: found.lastModified.toISOString(),
      legalHold: { hasLegalHold: false, tags: [] },
      hasImmutabilityPolicy: false,
      hasLegalHold: false,
    },
  };
}
