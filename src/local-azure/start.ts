import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAzurite, type Azurite } from './azurite/azurite.ts';
import { createBlobStore } from './azurite/blob-store.ts';
import { openBlobDoor, type BlobDoor } from './blob-door/blob-door.ts';
import { createDelivery } from './captures/delivery.ts';
import { makeCertificate } from './certificate/certificate.ts';
import { connectionOf, type Applications, type LocalAzureConnection } from './connection.ts';
import { createSettings, type Settings } from './control/settings.ts';
import { listenHttps, type HttpsServer } from './http/https-server.ts';
import type { Application } from './identity/routes.ts';
import { storageAccountName, storageContainer } from './inventory/inventory-data.ts';
import { createInventory } from './inventory/inventory.ts';
import { createPace, type Pace } from './pace.ts';
import { createServices, createShared } from './services.ts';

export type { LocalAzureConnection } from './connection.ts';

/** How a Local Azure is started; every field has a default. */
export interface LocalAzureOptions {
  /** The port of the ARM server; a free one by default. */
  readonly port?: number;
  /** Where certificate and blobs are kept; by default a temporary directory that `stop` removes. */
  readonly directory?: string;
  /** The seed of the captured traffic and of the random faults; 1 by default. */
  readonly seed?: number;
  /** Scales the service's latencies and Retry-After values, not the sessions; 1 is as slow as recorded. */
  readonly timeScale?: number;
  /** Takes the place of the timers, so that a test decides when the service gets on. */
  readonly pace?: Pace;
  /** How long tokens live; an hour by default. */
  readonly tokenLifetimeSeconds?: number;
  /** More machines, `fleet-001` and on; none by default. */
  readonly fleet?: number;
  /** What can also be switched later, through the control endpoint; all off by default. */
  readonly settings?: Partial<Settings>;
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
  const running: { server?: HttpsServer; azurite?: Azurite; door?: BlobDoor } = {};
  const stop = async (): Promise<void> => {
    pace.stop();
    await Promise.all([running.server?.stop(), running.door?.stop(), running.azurite?.stop()]);
    if (options.directory === undefined) {
      rmSync(directory, { recursive: true, force: true });
    }
  };
  try {
    return { ...(await bringUp(options, directory, pace, running)), stop };
  } catch (cause) {
    await stop();
    throw cause;
  }
}

async function bringUp(
  options: LocalAzureOptions,
  directory: string,
  pace: Pace,
  running: { server?: HttpsServer; azurite?: Azurite; door?: BlobDoor },
): Promise<Omit<LocalAzure, 'stop'>> {
  const { seed = 1, fleet = 0, tokenLifetimeSeconds = 3599 } = options;
  const inventory = createInventory({ fleet });
  const settings = createSettings({ seed, ...options.settings });
  const shared = createShared({ inventory, settings, tokenLifetimeSeconds });
  const accounts = inventory.subscriptions.flatMap((subscription) => subscription.accounts);
  const keys = new Map(accounts.map(({ name }) => [name, randomBytes(64).toString('base64')]));
  const files = makeCertificate(directory);
  const azurite = await startAzurite({
    ...files,
    directory: blobDirectory(directory),
    accounts: keys,
    ...(options.directory === undefined && { removeWhenOrphaned: directory }),
  });
  running.azurite = azurite;
  const server = await listenHttps({ port: options.port ?? 0, ...files });
  running.server = server;
  const door = await openBlobDoor({ ...shared, ...files, behind: azurite.origin, authority: server.origin });
  running.door = door;
  const blobs = createBlobStore({ origin: azurite.origin, ca: files.ca, keys });
  await blobs.makeContainer(storageAccountName, storageContainer);
  const applications: Applications = {
    operator: makeApplication('contributor'),
    reader: makeApplication('reader'),
    stranger: makeApplication('none'),
  };
  server.onArrival(
    createServices(shared, {
      origin: server.origin,
      pace,
      delivery: createDelivery({ inventory, blobs, seed }),
      blobs,
      keys,
      applications: Object.values(applications),
    }),
  );
  const origins = { arm: server.origin, blob: door.origin };
  const connection = connectionOf(origins, files.caFile, inventory, applications);
  return { connection, azuriteProcessId: azurite.processId };
}

function blobDirectory(directory: string): string {
  const blobs = join(directory, 'azurite');
  mkdirSync(blobs, { recursive: true, mode: 0o700 });
  return blobs;
}

function makeApplication(role: Application['role']): Application {
  const clientSecret = randomBytes(24).toString('base64url');
  return { clientId: randomUUID(), objectId: randomUUID(), clientSecret, role };
}
