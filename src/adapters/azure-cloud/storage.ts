import type { StorageAccount } from '@azure/arm-storage';
import type { PreflightCheck } from '../../domain/capture-request.ts';
import { CapwrightError } from '../../domain/errors.ts';
import { quoted } from '../../domain/quoted.ts';
import { sameName } from '../../domain/same-name.ts';
import { normalLocation, parseArmId, type ArmId } from './arm-id.ts';
import type { Azure } from './azure.ts';
import { isMissing } from './error-facts.ts';
import { allPages } from './pages.ts';
import { checkFirewall } from './storage-access.ts';
import type { ReadyTarget } from './target.ts';

/** A storage account that Network Watcher can write to. */
export interface ReadyStorage {
  id: string;
  name: string;
  /** Blob endpoint with a slash at its end. */
  blobEndpoint: string;
  /** What was found, one line for each thing looked at. */
  checks: PreflightCheck[];
}

/** Finds the account by name (anywhere in the target's subscription) or full id and holds it against what is needed. */
export async function checkStorage(
  azure: Azure,
  wanted: string | null,
  target: ReadyTarget,
  signal: AbortSignal,
): Promise<ReadyStorage> {
  if (wanted === null) {
    throw new CapwrightError(
      'INVALID_ARGUMENT',
      'storage_account is missing, and the server has no default.',
      `Give storage_account: a Standard account in ${target.location} (\`az storage account list --query "[?primaryLocation=='${target.location}'].name" --output tsv\`).`,
    );
  }
  const work = { doing: 'reading the storage account', ms: azure.timeouts.readMs, signal };
  const account = await azure.bounded(work, (abortSignal) =>
    wanted.includes('/')
      ? accountById(azure, accountId(wanted, target), abortSignal)
      : accountByName(azure, accountName(wanted), target, abortSignal),
  );
  return ready(account, target);
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
      `storage_account is ${quoted(wanted)}, no account name: 3 to 24 lower-case letters and digits.`,
      'Give the name of a storage account, or its full ARM id.',
    );
  }
  return name;
}

function accountId(wanted: string, target: ReadyTarget): ArmId {
  const id = parseArmId(wanted);
  if (id === null || id.type !== 'microsoft.storage/storageaccounts') {
    throw new CapwrightError(
      'INVALID_ARGUMENT',
      `storage_account is ${quoted(wanted)}, neither an account name nor a full ARM id of a storage account.`,
      'Give the name of a storage account, or /subscriptions/…/resourceGroups/…/providers/Microsoft.Storage/storageAccounts/NAME.',
    );
  }
  if (!sameName(id.subscriptionId, target.subscriptionId)) {
    throw refused(
      `Storage account ${accountName(id.name)} lies in another subscription than the target`,
      target,
    );
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
  target: ReadyTarget,
  abortSignal: AbortSignal,
): Promise<StorageAccount> {
  const storage = await azure.clients.storage(target.subscriptionId);
  const accounts = await allPages(storage.storageAccounts.list({ abortSignal }), abortSignal);
  const account = accounts.find((candidate) => sameName(candidate.name ?? '', name));
  if (account === undefined) {
    throw notFound(name, target.subscriptionId);
  }
  // A list need not tell of private endpoints, without which an account with a firewall looks more closed than it is.
  const id = parseArmId(account.id ?? '');
  const isOpen =
    account.publicNetworkAccess === 'Enabled' && account.networkRuleSet?.defaultAction === 'Allow';
  return isOpen || id === null ? account : accountById(azure, id, abortSignal);
}

function ready(account: StorageAccount, target: ReadyTarget): ReadyStorage {
  const name = accountName(account.name ?? '');
  if (normalLocation(account.location) !== target.location) {
    throw refused(`Storage account ${name} is not in the target's region ${target.location}`, target);
  }
  if (account.sku?.name?.startsWith('Premium') === true) {
    throw refused(
      `Storage account ${name} is a Premium account, which Network Watcher cannot write to`,
      target,
    );
  }
  if (account.allowSharedKeyAccess === false) {
    throw new CapwrightError(
      'STORAGE_REFUSED',
      `Storage account ${name} forbids shared-key access, with which Network Watcher writes.`,
      `Run \`az storage account update --subscription ${target.subscriptionId} --name ${name} --allow-shared-key-access true\`, or use another account, then call start_capture again.`,
    );
  }
  const { blob } = account.primaryEndpoints ?? {};
  if (account.id === undefined || blob === undefined || !URL.canParse(blob)) {
    throw refused(`Storage account ${name} has no blob endpoint`, target);
  }
  const sku = /^[A-Za-z_]{1,30}$/.exec(account.sku?.name ?? '')?.[0] ?? 'unknown kind';
  return {
    id: account.id,
    name,
    blobEndpoint: blob.endsWith('/') ? blob : `${blob}/`,
    checks: [
      { name: 'storage', detail: `${name} (${sku}) lies in the same region and allows shared keys` },
      checkFirewall(account, name, target.subscriptionId),
    ],
  };
}

function notFound(name: string, subscriptionId: string): CapwrightError {
  return new CapwrightError(
    'STORAGE_NOT_FOUND',
    `There is no storage account ${name} in the subscription.`,
    `Run \`az storage account list --subscription ${subscriptionId} --query "[].name" --output tsv\` and call start_capture with one of them.`,
  );
}

function refused(what: string, target: ReadyTarget): CapwrightError {
  return new CapwrightError(
    'STORAGE_REFUSED',
    `${what}.`,
    `Call start_capture with a Standard storage account in ${target.location} and in the target's subscription.`,
  );
}
