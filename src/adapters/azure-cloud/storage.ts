import type { StorageAccount } from '@azure/arm-storage';
import { CapwrightError } from '../../domain/errors.ts';
import { normalLocation, parseArmId, sameName, type ArmId } from './arm-id.ts';
import type { Azure } from './azure.ts';
import { isMissing } from './error-facts.ts';
import { allPages } from './pages.ts';
import type { ReadyVm } from './vm.ts';

/** A storage account that Network Watcher can write to. */
export interface ReadyStorage {
  id: string;
  name: string;
  /** Such as Standard_LRS. */
  sku: string;
  /** Blob endpoint with a slash at its end. */
  blobEndpoint: string;
}

/** Finds the account by name (anywhere in the VM's subscription) or full id and holds it against what is needed. */
export async function checkStorage(
  azure: Azure,
  wanted: string | null,
  vm: ReadyVm,
  signal: AbortSignal,
): Promise<ReadyStorage> {
  if (wanted === null) {
    throw new CapwrightError(
      'INVALID_ARGUMENT',
      'storage_account is missing, and the server has no default.',
      `Give storage_account: a Standard account in ${vm.location} (\`az storage account list --query "[?primaryLocation=='${vm.location}'].name" --output tsv\`).`,
    );
  }
  const work = { doing: 'reading the storage account', ms: azure.timeouts.readMs, signal };
  const account = await azure.bounded(work, (abortSignal) =>
    wanted.includes('/')
      ? accountById(azure, accountId(wanted, vm), abortSignal)
      : accountByName(azure, accountName(wanted), vm, abortSignal),
  );
  return ready(account, vm);
}

/** The account name in a name or full id, in lower case; null where it can't be one. */
export function accountNameOf(nameOrId: string): string | null {
  const name = (parseArmId(nameOrId)?.name ?? nameOrId).toLowerCase();
  return /^[a-z0-9]{3,24}$/.test(name) ? name : null;
}

function accountName(wanted: string): string {
  const name = accountNameOf(wanted);
  if (name === null) {
    throw new CapwrightError(
      'INVALID_ARGUMENT',
      'storage_account is no account name: 3 to 24 lower-case letters and digits.',
      'Give the name of a storage account, or its full ARM id.',
    );
  }
  return name;
}

function accountId(wanted: string, vm: ReadyVm): ArmId {
  const id = parseArmId(wanted);
  if (id === null || id.type !== 'microsoft.storage/storageaccounts') {
    throw new CapwrightError(
      'INVALID_ARGUMENT',
      'storage_account is neither an account name nor a full ARM id of a storage account.',
      'Give the name of a storage account, or /subscriptions/…/resourceGroups/…/providers/Microsoft.Storage/storageAccounts/NAME.',
    );
  }
  if (!sameName(id.subscriptionId, vm.subscriptionId)) {
    throw refused(`Storage account ${accountName(id.name)} lies in another subscription than the VM`, vm);
  }
  return { ...id, name: accountName(id.name) };
}

async function accountById(azure: Azure, id: ArmId, abortSignal: AbortSignal): Promise<StorageAccount> {
  const storage = await azure.clients.storage(id.subscriptionId);
  return storage.storageAccounts
    .getProperties(id.resourceGroup, id.name, { abortSignal })
    .catch((error: unknown) => {
      throw isMissing(error) ? notFound(id.name, id.subscriptionId) : error;
    });
}

async function accountByName(
  azure: Azure,
  name: string,
  vm: ReadyVm,
  abortSignal: AbortSignal,
): Promise<StorageAccount> {
  const storage = await azure.clients.storage(vm.subscriptionId);
  const accounts = await allPages(storage.storageAccounts.list({ abortSignal }), abortSignal);
  const account = accounts.find((candidate) => sameName(candidate.name ?? '', name));
  if (account === undefined) {
    throw notFound(name, vm.subscriptionId);
  }
  return account;
}

function ready(account: StorageAccount, vm: ReadyVm): ReadyStorage {
  const name = accountName(account.name ?? '');
  if (normalLocation(account.location) !== vm.location) {
    throw refused(`Storage account ${name} is not in the VM's region ${vm.location}`, vm);
  }
  if (account.sku?.name?.startsWith('Premium') === true) {
    throw refused(`Storage account ${name} is a Premium account, which Network Watcher cannot write to`, vm);
  }
  if (account.allowSharedKeyAccess === false) {
    throw new CapwrightError(
      'STORAGE_REFUSED',
      `Storage account ${name} forbids shared-key access, with which Network Watcher writes.`,
      `Run \`az storage account update --subscription ${vm.subscriptionId} --name ${name} --allow-shared-key-access true\`, or use another account, then call start_capture again.`,
    );
  }
  const { blob } = account.primaryEndpoints ?? {};
  if (account.id === undefined || blob === undefined || !URL.canParse(blob)) {
    throw refused(`Storage account ${name} has no blob endpoint`, vm);
  }
  const sku = /^[A-Za-z_]{1,30}$/.exec(account.sku?.name ?? '')?.[0] ?? 'unknown kind';
  return { id: account.id, name, sku, blobEndpoint: blob.endsWith('/') ? blob : `${blob}/` };
}

function notFound(name: string, subscriptionId: string): CapwrightError {
  return new CapwrightError(
    'STORAGE_NOT_FOUND',
    `There is no storage account ${name} in the subscription.`,
    `Run \`az storage account list --subscription ${subscriptionId} --query "[].name" --output tsv\` and call start_capture with one of them.`,
  );
}

function refused(what: string, vm: ReadyVm): CapwrightError {
  return new CapwrightError(
    'STORAGE_REFUSED',
    `${what}.`,
    `Call start_capture with a Standard storage account in ${vm.location} and in the VM's subscription.`,
  );
}
