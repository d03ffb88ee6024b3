import type { Reply, Route } from '../http/exchange.ts';
import type { Inventory } from './inventory.ts';
import { machineType, renderInstanceView, renderMachine } from './machine-view.ts';
import { inSubscription, listed, named, notFound } from './scoped.ts';

const group = '/subscriptions/:subscription/resourceGroups/:group';

/** Reading virtual machines, alone or all, with the instance view when asked for. */
export function computeRoutes(inventory: Inventory): Route[] {
  const action = `${machineType}/read`;
  const list = inSubscription(inventory, (call, { machines }): Reply => {
    const value = listed(call, machines).map((machine) => renderMachine(machine, false));
    return { status: 200, body: { value } };
  });
  const one = (view: 'resource' | 'instanceView') =>
    inSubscription(inventory, (call, { machines }): Reply => {
      const machine = named(call, machines, call.param('vm'));
      if (machine === undefined) {
        return notFound(`${machineType}/${call.param('vm')}`, call.param('group'));
      }
      const expanded = call.url.searchParams.get('$expand') === 'instanceView';
      const body = view === 'resource' ? renderMachine(machine, expanded) : renderInstanceView(machine);
      return { status: 200, body };
    });
  const path = `${group}/providers/${machineType}`;
  return [
    { method: 'GET', path: `/subscriptions/:subscription/providers/${machineType}`, action, handle: list },
    { method: 'GET', path, action, handle: list },
    { method: 'GET', path: `${path}/:vm`, action, handle: one('resource') },
    {
      method: 'GET',
      path: `${path}/:vm/instanceView`,
      action: `${machineType}/instanceView/read`,
      handle: one('instanceView'),
    },
  ];
}
