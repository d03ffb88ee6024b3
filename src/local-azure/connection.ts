import type { Application } from './identity/routes.ts';
import { storageAccountName, storageContainer } from './inventory/inventory-data.ts';
import type { Inventory } from './inventory/inventory.ts';

/** What a client needs to know; printed as one JSON line by the command. */
export interface LocalAzureConnection {
  readonly armEndpoint: string;
  readonly authorityHost: string;
  readonly caFile: string;
  /** The address of an account's blob service, with `{account}` in its place. */
  readonly blobEndpoint: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** An application that may read and nothing else. */
  readonly reader: Secret;
  /** An application that can sign in but has no rights. */
  readonly unprivileged: Secret;
  readonly subscriptionId: string;
  /** All subscriptions of the tenant, those without rights among them. */
  readonly subscriptions: readonly { readonly id: string; readonly name: string }[];
  readonly resourceGroup: string;
  readonly vms: readonly string[];
  readonly scaleSets: readonly string[];
  readonly storageAccount: string;
  readonly storageContainer: string;
  readonly location: string;
  readonly controlEndpoint: string;
}

interface Secret {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** The applications that may sign in, by what they may do. */
export interface Applications {
  readonly operator: Application;
  readonly reader: Application;
  readonly stranger: Application;
}

/** The connection to a Local Azure whose servers listen at these origins. */
export function connectionOf(
  origins: { arm: string; blob: string },
  caFile: string,
  { tenantId, home, subscriptions }: Inventory,
  { operator, reader, stranger }: Applications,
): LocalAzureConnection {
  const { arm, blob } = origins;
  const [first] = home.machines;
  return {
    armEndpoint: arm,
    authorityHost: arm,
    caFile,
    blobEndpoint: `${blob}/{account}`,
    tenantId,
    ...secretOf(operator),
    reader: secretOf(reader),
    unprivileged: secretOf(stranger),
    subscriptionId: home.id,
    subscriptions: subscriptions.map(({ id, name }) => ({ id, name })),
    resourceGroup: first?.group ?? '',
    vms: home.machines.map(({ name }) => name),
    scaleSets: home.scaleSets.map(({ name }) => name),
    storageAccount: storageAccountName,
    storageContainer,
    location: first?.location ?? '',
    controlEndpoint: `${arm}/_local`,
  };
}

function secretOf({ clientId, clientSecret }: Application): Secret {
  return { clientId, clientSecret };
}
