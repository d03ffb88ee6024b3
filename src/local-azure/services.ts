import { createCaptures } from './captures/captures.ts';
import type { Delivery } from './captures/delivery.ts';
import { captureRoutes } from './captures/routes.ts';
import { createFaults, type Faults } from './control/faults.ts';
import { createHistory } from './control/history.ts';
import { createJudge } from './control/judge.ts';
import { controlRoutes } from './control/routes.ts';
import type { CurrentSettings } from './control/settings.ts';
import { createStats, type Stats } from './control/stats.ts';
import { createFrontDoor } from './front-door.ts';
import type { Arrival } from './http/https-server.ts';
import { identityRoutes, type Application } from './identity/routes.ts';
import { createTokens, type Tokens } from './identity/tokens.ts';
import type { BlobStore } from './azurite/blob-store.ts';
import { computeRoutes } from './inventory/compute.ts';
import { containerRoutes } from './inventory/containers.ts';
import { extensionRoutes } from './inventory/extensions.ts';
import type { Inventory } from './inventory/inventory.ts';
import { createWatcherEtags, networkWatcherRoutes } from './inventory/network-watchers.ts';
import { scaleSetRoutes } from './inventory/scale-sets.ts';
import { storageAccountRoutes } from './inventory/storage-accounts.ts';
import { subscriptionRoutes } from './inventory/subscriptions.ts';
import { createOperations } from './operations/operations.ts';
import { operationRoutes } from './operations/routes.ts';
import { createUrlSigner } from './operations/signed-url.ts';
import type { Pace } from './pace.ts';
import { createThrottle } from './throttle.ts';

/** What several doors share. */
export interface Shared {
  readonly inventory: Inventory;
  readonly tokens: Tokens;
  readonly faults: Faults;
  readonly stats: Stats;
  readonly settings: CurrentSettings;
}

/** Makes what the ARM server and the blob door share. */
export function createShared(from: {
  inventory: Inventory;
  settings: CurrentSettings;
  tokenLifetimeSeconds: number;
}): Shared {
  const { inventory, settings } = from;
  const stats = createStats();
  const tokens = createTokens(inventory.tenantId, from.tokenLifetimeSeconds);
  return { inventory, settings, stats, tokens, faults: createFaults({ settings, stats }) };
}

/** Wires all services behind one front door. */
export function createServices(
  shared: Shared,
  parts: {
    origin: string;
    pace: Pace;
    delivery: Delivery;
    blobs: BlobStore;
    keys: ReadonlyMap<string, string>;
    applications: readonly Application[];
  },
): (arrival: Arrival) => void {
  const { inventory, settings, stats, tokens } = shared;
  const { origin, pace, delivery } = parts;
  const [etags, signer, judge, history] = [
    createWatcherEtags(),
    createUrlSigner(),
    createJudge(),
    createHistory(),
  ];
  const operations = createOperations({ origin, pace, signer });
  const captures = createCaptures({ pace, etags, delivery, judge });
  const forCaptures = { ...shared, captures, operations, etags, pace, judge, lastWrites: new Map() };
  return createFrontDoor({
    ...shared,
    origin,
    pace,
    history,
    throttle: createThrottle({ settings, stats, now: () => Date.now() }),
    control: controlRoutes({ ...shared, captures, delivery, history, judge }),
    identity: identityRoutes({
      origin,
      tenantId: inventory.tenantId,
      applications: parts.applications,
      tokens,
    }),
    resources: [
      ...subscriptionRoutes(inventory),
      ...computeRoutes(inventory),
      ...extensionRoutes(inventory, operations),
      ...scaleSetRoutes(inventory),
      ...storageAccountRoutes(inventory, parts.keys),
      ...containerRoutes(inventory, parts.blobs),
      ...networkWatcherRoutes(inventory, etags),
      ...captureRoutes(forCaptures),
      ...operationRoutes({ operations, signer, pace }),
    ],
  });
}
