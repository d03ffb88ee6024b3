import type { Reply, Route } from '../http/exchange.ts';
import type { Inventory } from './inventory.ts';
import type { Subscription } from './resources.ts';
import { inSubscription } from './scoped.ts';

const action = 'Microsoft.Resources/subscriptions/read';

/** Listing and reading the subscriptions in which the caller has a right. */
export function subscriptionRoutes(inventory: Inventory): Route[] {
  const render = (subscription: Subscription) => ({
    id: `/subscriptions/${subscription.id}`,
    authorizationSource: 'RoleBased',
    managedByTenants: [],
    subscriptionId: subscription.id,
    tenantId: inventory.tenantId,
    displayName: subscription.name,
    state: 'Enabled',
    subscriptionPolicies: {
      locationPlacementId: 'Public_2014-09-01',
      quotaId: 'PayAsYouGo_2014-09-01',
      spendingLimit: 'Off',
    },
  });
  const list = (): Reply => {
    const value = inventory.subscriptions.filter(({ open }) => open).map(render);
    return { status: 200, body: { value, count: { type: 'Total', value: value.length } } };
  };
  return [
    { method: 'GET', path: '/subscriptions', action, handle: list },
    {
      method: 'GET',
      path: '/subscriptions/:subscription',
      action,
      handle: inSubscription(inventory, (_, subscription): Reply => {
        return { status: 200, body: render(subscription) };
      }),
    },
  ];
}
