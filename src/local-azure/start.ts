import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAzurite, type Azurite } from './azurite/azurite.ts';
import { createBlobStore } from './azurite/blob-store.ts';
import { createCaptures } from './captures/captures.ts';
import { createDelivery } from './captures/delivery.ts';
import { captureRoutes } from './captures/routes.ts';
import { makeCertificate, type CertificateFiles } from './certificate/certificate.ts';
import { createFaults } from './control/faults.ts';
import { createHistory } from './control/history.ts';
import { controlRoutes } from './control/routes.ts';
import { createFrontDoor } from './front-door.ts';
import { listenHttps, type HttpsServer } from './http/https-server.ts';
import { identityRoutes, type Application } from './identity/routes.ts';
import { createTokens } from './identity/tokens.ts';
import { computeRoutes } from './inventory/compute.ts';
import { inventory } from './inventory/inventory.ts';
import { createWatcherEtags, networkWatcherRoutes } from './inventory/network-watchers.ts';
import { storageAccountRoutes } from './inventory/storage-accounts.ts';
import { createOperations } from './operations/operations.ts';
import { operationRoutes } from './operations/routes.ts';
import { createUrlSigner } from './operations/signed-url.ts';
import { createPace, type Pace } from './pace.ts';

/** How a Local Azure is started; every field has a default. */
export interface LocalAzureOptions {
  /** The port of the ARM server; a free one by default. */
  readonly port?: number;
  /** Where certificate and blobs are kept; by default a temporary directory that `stop` removes. */
  readonly directory?: string;
  /** The seed of the captured traffic; 1 by default. */
  readonly seed?: number;
  /** Scales the service's latencies and Retry-After values, not the sessions; 1 is as slow as recorded. */
  readonly timeScale?: number;
  /** Takes the place of the timers, so that a test decides when the service gets on. */
  readonly pace?: Pace;
  /** How long tokens live; an hour by default. */
  readonly tokenLifetimeSeconds?: number;
}

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
  /** An application that can sign in but has no rights. */
  readonly unprivileged: { readonly clientId: string; readonly clientSecret: string };
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly vms: readonly string[];
  readonly storageAccount: string;
  readonly storageContainer: string;
  readonly location: string;
  readonly controlEndpoint: string;
}

/** A running Local Azure. */
export interface LocalAzure {
  readonly connection: LocalAzureConnection;
  /** The process of its blob store. */
  readonly azuriteProcessId: number;
  /** Ends everything and removes the directory if it made it; safe to call twice. */
  stop(): Promise<void>;
}

/** Starts the simulated Azure; rejects with AzuriteMissing where the blob store is not installed. */
export async function startLocalAzure(options: LocalAzureOptions = {}): Promise<LocalAzure> {
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), 'local-azure-'));
  const pace = options.pace ?? createPace(options.timeScale ?? 1);
  const running: { server?: HttpsServer; azurite?: Azurite } = {};
  const stop = async (): Promise<void> => {
    pace.stop();
    await Promise.all([running.server?.stop(), running.azurite?.stop()]);
    if (options.directory === undefined) {
      rmSync(directory, { recursive: true, force: true });
    }
  };
  try {
    const files = makeCertificate(directory);
    const keys = new Map(inventory.accounts.map(({ name }) => [name, randomBytes(64).toString('base64')]));
    const blobDirectory = join(directory, 'azurite');
    mkdirSync(blobDirectory, { recursive: true, mode: 0o700 });
    const azurite = await startAzurite({
      ...files,
      directory: blobDirectory,
      accounts: keys,
      ...(options.directory === undefined && { removeWhenOrphaned: directory }),
    });
    running.azurite = azurite;
    const server = await listenHttps({ port: options.port ?? 0, ...files });
    running.server = server;
    const blobs = createBlobStore({ origin: azurite.origin, ca: files.ca, keys });
    await blobs.makeContainer('capwrightdemo', inventory.storageContainer);
    const applications = { operator: makeApplication(true), stranger: makeApplication(false) };
    const delivery = createDelivery({ blobs, seed: options.seed ?? 1 });
    wire({ server, pace, delivery, applications, lifetime: options.tokenLifetimeSeconds ?? 3599 });
    const connection = describe(server.origin, azurite.origin, files, applications);
    return { connection, azuriteProcessId: azurite.processId, stop };
  } catch (cause) {
    await stop();
    throw cause;
  }
}

interface Applications {
  readonly operator: Application;
  readonly stranger: Application;
}

function makeApplication(mayAct: boolean): Application {
  const clientSecret = randomBytes(24).toString('base64url');
  return { clientId: randomUUID(), objectId: randomUUID(), clientSecret, mayAct };
}

function wire(parts: {
  server: HttpsServer;
  pace: Pace;
  delivery: ReturnType<typeof createDelivery>;
  applications: Applications;
  lifetime: number;
}): void {
  const { pace, delivery, server } = parts;
  const { origin } = server;
  const { tenantId } = inventory;
  const etags = createWatcherEtags();
  const signer = createUrlSigner();
  const operations = createOperations({ origin, pace, signer });
  const captures = createCaptures({ pace, etags, delivery });
  const tokens = createTokens(tenantId, parts.lifetime);
  const [faults, history] = [createFaults(), createHistory()];
  const applications = Object.values(parts.applications);
  server.onArrival(
    createFrontDoor({
      origin,
      tokens,
      faults,
      history,
      control: controlRoutes({ captures, delivery, faults, history }),
      identity: identityRoutes({ origin, tenantId, applications, tokens }),
      resources: [
        ...computeRoutes(),
        ...storageAccountRoutes(),
        ...networkWatcherRoutes(etags),
        ...captureRoutes({ captures, operations, etags, pace }),
        ...operationRoutes({ operations, signer, pace }),
      ],
    }),
  );
}

function describe(
  arm: string,
  azurite: string,
  files: CertificateFiles,
  { operator, stranger }: Applications,
): LocalAzureConnection {
  return {
    armEndpoint: arm,
    authorityHost: arm,
    caFile: files.caFile,
    blobEndpoint: `${azurite}/{account}`,
    tenantId: inventory.tenantId,
    clientId: operator.clientId,
    clientSecret: operator.clientSecret,
    unprivileged: { clientId: stranger.clientId, clientSecret: stranger.clientSecret },
    subscriptionId: inventory.subscriptionId,
    resourceGroup: inventory.resourceGroup,
    vms: inventory.machines.map(({ name }) => name),
    storageAccount: 'capwrightdemo',
    storageContainer: inventory.storageContainer,
    location: inventory.location,
    controlEndpoint: `${arm}/_local`,
  };
}
