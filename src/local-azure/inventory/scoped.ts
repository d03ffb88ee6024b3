import { armError, type Call, type Reply } from '../http/exchange.ts';
import type { Inventory } from './inventory.ts';
import { same, type Subscription } from './resources.ts';

/** A handler that is called with the subscription of the path, or 404 where there is none. */
export function inSubscription<Answer extends Reply | Promise<Reply>>(
  inventory: Inventory,
  handle: (call: Call, subscription: Subscription) => Answer,
): (call: Call) => Answer | Reply {
  return (call) => {
    const subscription = inventory.subscription(call.param('subscription'));
    return subscription === undefined
      ? subscriptionNotFound(call.param('subscription'))
      : handle(call, subscription);
  };
}

/** ARM's answer for a subscription that it does not know. */
export function subscriptionNotFound(id: string): Reply {
  return armError(404, 'SubscriptionNotFound', `The subscription '${id}' could not be found.`);
}

/** ARM's answer for a resource that the group does not hold; `path` begins with the provider. */
export function notFound(path: string, resourceGroup: string): Reply {
  const message = `The Resource '${path}' under resource group '${resourceGroup}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`;
  return armError(404, 'ResourceNotFound', message);
}

/** The resources that a list shows: all of the subscription, or those of the group that the path names. */
export function listed<Resource extends { readonly group: string }>(
  call: Call,
  resources: readonly Resource[],
): Resource[] {
  const group = call.param('group');
  return resources.filter((resource) => group === '' || same(resource.group, group));
}

/** The resource of the path's group and of that name, if it is there. */
export function named<Resource extends { readonly group: string; readonly name: string }>(
  call: Call,
  resources: readonly Resource[],
  name: string,
): Resource | undefined {
  return listed(call, resources).find((resource) => same(resource.name, name));
}
