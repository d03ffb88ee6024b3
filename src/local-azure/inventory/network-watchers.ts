import { randomUUID } from 'node:crypto';
import type { Reply, Route } from '../http/exchange.ts';
import { inventory, resourceId, type Watcher } from './inventory.ts';

const provider = 'Microsoft.Network/networkWatchers';

/** The one etag of a watcher, which all its captures show and every write renews. */
export interface WatcherEtags {
  current(watcher: string): string;
  renew(watcher: string): void;
}

/** Fresh etags for every watcher. */
export function createWatcherEtags(): WatcherEtags {
  const etags = new Map<string, string>(inventory.watchers.map(({ name }) => [name, freshEtag()]));
  return {
    current: (watcher) => etags.get(watcher) ?? freshEtag(),
    renew(watcher) {
      etags.set(watcher, freshEtag());
    },
  };
}

/** Listing the subscription's watchers, from which clients take name and group. */
export function networkWatcherRoutes(etags: WatcherEtags): Route[] {
  const list = (): Reply => ({
    status: 200,
    body: { value: inventory.watchers.map((watcher) => render(watcher, etags)) },
  });
  const action = `${provider}/read`;
  return [
    { method: 'GET', path: `/subscriptions/:subscription/providers/${provider}`, action, handle: list },
    {
      method: 'GET',
      path: `/subscriptions/:subscription/resourceGroups/:group/providers/${provider}`,
      action,
      handle: list,
    },
  ];
}

function freshEtag(): string {
  return `W/"${randomUUID()}"`;
}

function render(watcher: Watcher, etags: WatcherEtags) {
  return {
    name: watcher.name,
    id: resourceId(inventory.watcherGroup, `${provider}/${watcher.name}`),
    etag: etags.current(watcher.name),
    type: provider,
    location: watcher.location,
    properties: { provisioningState: 'Succeeded', runningOperationIds: [] },
  };
}
