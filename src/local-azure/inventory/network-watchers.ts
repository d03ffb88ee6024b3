import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { armError, readJson, type Call, type Reply, type Route } from '../http/exchange.ts';
import type { Inventory } from './inventory.ts';
import { resourceId, same, type Subscription, type Watcher } from './resources.ts';
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
    {
      method: 'PUT',
      path: `${inGroup}/:watcher`,
      action: `${provider}/write`,
      handle: inSubscription(inventory, (call, subscription) => put(call, subscription, etags)),
    },
  ];
}

const newWatcher = z.object({ location: z.string().min(1) });

/** Makes a watcher in a region that has none, with the recorded refusal where there is one. */
function put(call: Call, subscription: Subscription, etags: WatcherEtags): Reply {
  const name = call.param('watcher');
  const existing = named(call, subscription.watchers, name);
  if (existing !== undefined) {
    return { status: 200, body: render(existing, etags) };
  }
  const location = newWatcher.safeParse(readJson(call.body)).data?.location.replaceAll(' ', '').toLowerCase();
  if (location === undefined) {
    return armError(400, 'LocationRequired', 'The location property is required for this definition.');
  }
  if (subscription.watchers.some((watcher) => same(watcher.location, location))) {
    const message = 'Cannot create more than 1 network watchers for this subscription in this region.';
    return armError(400, 'NetworkWatcherCountLimitReached', message, []);
  }
  const group = call.param('group');
  const id = resourceId(subscription.id, group, `${provider}/${name}`);
  const watcher = { id, name, group, location, subscriptionId: subscription.id };
  subscription.watchers.push(watcher);
  return { status: 201, body: render(watcher, etags) };
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
