import type { Call, Reply, Route } from '../http/exchange.ts';
import type { Inventory } from './inventory.ts';
import type { Machine, ScaleSet } from './resources.ts';
import { agentExtension, machineProperties, renderAgent } from './machine-view.ts';
import { inSubscription, listed, named, notFound } from './scoped.ts';

const provider = 'Microsoft.Compute/virtualMachineScaleSets';
const instanceType = `${provider}/virtualMachines`;

/** Reading scale sets and their instances. */
export function scaleSetRoutes(inventory: Inventory): Route[] {
  const list = inSubscription(inventory, (call, { scaleSets }): Reply => {
    return { status: 200, body: { value: listed(call, scaleSets).map(renderSet) } };
  });
  const within = (answer: (call: Call, set: ScaleSet) => Reply) =>
    inSubscription(inventory, (call, { scaleSets }) => {
      const set = named(call, scaleSets, call.param('set'));
      return set === undefined
        ? notFound(`${provider}/${call.param('set')}`, call.param('group'))
        : answer(call, set);
    });
  const path = `/subscriptions/:subscription/resourceGroups/:group/providers/${provider}`;
  const action = `${provider}/read`;
  const instanceAction = `${instanceType}/read`;
  return [
    { method: 'GET', path: `/subscriptions/:subscription/providers/${provider}`, action, handle: list },
    { method: 'GET', path, action, handle: list },
    { method: 'GET', path: `${path}/:set`, action, handle: within((_, set) => ok(renderSet(set))) },
    {
      method: 'GET',
      path: `${path}/:set/virtualMachines`,
      action: instanceAction,
      handle: within((call, set) =>
        ok({ value: set.instances.map((instance) => renderInstance(set, instance, expanded(call))) }),
      ),
    },
    {
      method: 'GET',
      path: `${path}/:set/virtualMachines/:instance`,
      action: instanceAction,
      handle: within((call, set) => {
        const instance = set.instances.find(({ instanceId }) => instanceId === call.param('instance'));
        return instance === undefined
          ? notFound(`${provider}/${set.name}/virtualMachines/${call.param('instance')}`, set.group)
          : ok(renderInstance(set, instance, expanded(call)));
      }),
    },
  ];
}

function expanded(call: Call): boolean {
  return call.url.searchParams.get('$expand') === 'instanceView';
}

function ok(body: unknown): Reply {
  return { status: 200, body };
}

function renderSet(set: ScaleSet) {
  return {
    name: set.name,
    id: set.id,
    type: provider,
    location: set.location,
    tags: {},
    sku: { name: 'Standard_B2s', tier: 'Standard', capacity: set.instances.length },
    properties: {
      provisioningState: 'Succeeded',
      orchestrationMode: 'Uniform',
      overprovision: false,
      singlePlacementGroup: true,
      upgradePolicy: { mode: 'Manual' },
      virtualMachineProfile: {
        storageProfile: { osDisk: { osType: 'Linux', createOption: 'FromImage', diskSizeGB: 30 } },
        osProfile: { computerNamePrefix: set.name, adminUsername: 'azureuser' },
        extensionProfile: {
          extensions: [{ name: 'AzureNetworkWatcherExtension', properties: agentExtension('Linux') }],
        },
      },
    },
  };
}

function renderInstance(set: ScaleSet, instance: Machine, withInstanceView: boolean) {
  return {
    name: instance.name,
    id: instance.id,
    type: instanceType,
    location: set.location,
    tags: {},
    instanceId: instance.instanceId,
    sku: { name: 'Standard_B2s', tier: 'Standard' },
    properties: { latestModelApplied: true, ...machineProperties(instance, withInstanceView) },
    ...(instance.hasAgent && { resources: [renderAgent(instance, `${instanceType}/extensions`)] }),
  };
}
