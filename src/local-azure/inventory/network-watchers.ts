import { randomUUID } from 'node:crypto';
import type { Reply, Route } from '../http/exchange.ts';
import type { Inventory } from './inventory.ts';
import type { Watcher } from './resources.ts';
import { inSubscription, listed, named, notFound } from './scoped.ts';

const provider = 'Microsoft.Network/networkWatchers';

/** The one etag of a watcher, which all its captures show and every write renews. */
export interface WatcherEtags {
  current(watcher: Watcher): string;
  renew(watcher: Watcher): void;
}

/** Fresh etags for every watcher. */
export function createWatcherEtags(): WatcherEtags {
  const etags = new Map<string, string>();
  const renew = ({ id }: Watcher): string => {
    const fresh = `W/"${randomUUID()}"`;
    etags.set(id, fresh);
    return fresh;
  };
  return { renew, current: (watcher) => etags.get(watcher.id) ?? renew(watcher) };
}

/** Listing the subscription's watchers, from which clients take name and group, and reading one. */
export function networkWatcherRoutes(inventory: Inventory, etags: WatcherEtags): Route[] {
  const list = inSubscription(inventory, (call, { watchers }): Reply => {
    return { status: 200, body: { value: listed(call, watchers).map((watcher) => render(watcher, etags)) } };
  });
  const one = inSubscription(inventory, (call, { watchers }): Reply => {
    const watcher = named(call, watchers, call.param('watcher'));
    return watcher === undefined
      ? notFound(`${provider}/${call.param('watcher')}`, call.param('group'))
      : { status: 200, headers: { etag: etags.current(watcher) }, body: render(watcher, etags) };
  });
  const action = `${provider}/read`;
  const inGroup = `/subscriptions/:subscription/resourceGroups/:group/providers/${provider}`;
  return [
    { method: 'GET', path: `/subscriptions/:subscription/providers/${provider}`, action, handle: list },
    { method: 'GET', path: inGroup, action, handle: list },
    { method: 'GET', path: `${inGroup}/:watcher`, action, handle: one },
  ];
}

function render(watcher: Watcher, etags: WatcherEtags) {
  return {
    name: watcher.name,
    id: watcher.id,
    etag: etags.current(watcher),
    type: provider,
    location: watcher.location,
    properties: { provisioningState: 'Succeeded', runningOperationIds: [] },
  };
}
