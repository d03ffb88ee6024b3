import { z } from 'zod';
import { armError, readJson, type Call, type Reply, type Route } from '../http/exchange.ts';
import type { Operations } from '../operations/operations.ts';
import type { Inventory } from './inventory.ts';
import { agentExtension, machineType, renderAgent } from './machine-view.ts';
import type { Machine } from './resources.ts';
import { inSubscription, named, notFound } from './scoped.ts';

const extensionType = `${machineType}/extensions`;

/** Seconds that installing took when recorded. */
const installSeconds = 30;

const wanted = z.object({ properties: z.object({ publisher: z.string(), type: z.string() }) });

/** Installing the agent extension on a machine, and reading it. Other extensions do not exist here. */
export function extensionRoutes(inventory: Inventory, operations: Operations): Route[] {
  const path = `/subscriptions/:subscription/resourceGroups/:group/providers/${machineType}/:vm/extensions/:name`;
  const on = (answer: (call: Call, machine: Machine, subscription: string) => Reply) =>
    inSubscription(inventory, (call, { id, machines }) => {
      const machine = named(call, machines, call.param('vm'));
      return machine === undefined
        ? notFound(`${machineType}/${call.param('vm')}`, call.param('group'))
        : answer(call, machine, id);
    });
  return [
    {
      method: 'GET',
      path,
      action: `${extensionType}/read`,
      handle: on((call, machine) =>
        machine.hasAgent && machine.agentName === call.param('name')
          ? { status: 200, body: renderAgent(machine, extensionType) }
          : notFound(`${machineType}/${machine.name}/extensions/${call.param('name')}`, machine.group),
      ),
    },
    {
      method: 'PUT',
      path,
      action: `${extensionType}/write`,
      handle: on((call, machine, subscription) => install(operations, call, machine, subscription)),
    },
  ];
}

function install(operations: Operations, call: Call, machine: Machine, subscriptionId: string): Reply {
  const { publisher, type } = agentExtension(machine.os);
  const asked = wanted.safeParse(readJson(call.body)).data?.properties;
  if (asked?.publisher !== publisher || asked.type !== type) {
    return armError(404, 'NotFound', 'Artifact: VMExtension was not found.');
  }
  machine.agentName = call.param('name');
  const operation = operations.start({
    subscriptionId,
    provider: 'Microsoft.Compute',
    region: machine.location,
    apiVersion: call.url.searchParams.get('api-version') ?? '',
    seconds: installSeconds,
    outcome: call.mishap === 'lro-failed' ? 'fails' : 'succeeds',
    complete() {
      machine.hasAgent = true;
    },
    result: () => ({ status: 200, body: renderAgent(machine, extensionType) }),
    statusHeaderAtEnd: false,
  });
  return {
    status: 201,
    headers: { 'azure-asyncoperation': operation.statusUrl },
    body: renderAgent(machine, extensionType, 'Creating'),
  };
}
