import { CapwrightError } from '../../domain/errors.ts';
import { normalLocation, parseArmId } from './arm-id.ts';
import type { Azure } from './azure.ts';
import { allPages } from './pages.ts';

/** A Network Watcher, by which all captures of its region are reached. */
export interface Watcher {
  name: string;
  resourceGroup: string;
  location: string;
}

/** Every Network Watcher of the subscription; a region has at most one. */
export async function listWatchers(
  azure: Azure,
  subscriptionId: string,
  signal: AbortSignal,
): Promise<Watcher[]> {
  const work = { doing: 'listing the Network Watchers', ms: azure.timeouts.readMs, signal };
  return azure.bounded(work, async (abortSignal) => {
    const network = await azure.clients.network(subscriptionId);
    const found = await allPages(network.networkWatchers.listAll({ abortSignal }), abortSignal);
    return found.flatMap(({ id, location }) => {
      const parts = parseArmId(id ?? '');
      return parts === null || location === undefined
        ? []
        : [{ name: parts.name, resourceGroup: parts.resourceGroup, location: normalLocation(location) }];
    });
  });
}

/** The Network Watcher of a region, found by where it lies: its name and group are anybody's choice. */
export async function findWatcher(
  azure: Azure,
  subscriptionId: string,
  location: string,
  signal: AbortSignal,
): Promise<Watcher> {
  const watchers = await listWatchers(azure, subscriptionId, signal);
  const watcher = watchers.find((candidate) => candidate.location === location);
  if (watcher === undefined) {
    throw new CapwrightError(
      'WATCHER_NOT_FOUND',
      `Network Watcher is not enabled in region ${location}.`,
      `Run \`az network watcher configure --subscription ${subscriptionId} --resource-group NetworkWatcherRG --locations ${location} --enabled true\`, then call start_capture again.`,
    );
  }
  return watcher;
}
