import { describe, expect, it } from 'vitest';
import { createRequest } from '../../../src/adapters/azure-cloud/capture-resource.ts';
import type { CapturePlan } from '../../../src/domain/capture-plan.ts';
import { missing, plan, resource, SUB } from './scripted-answers.ts';
import { createScriptedArms } from './scripted-arm.ts';
import { signal } from './setting.ts';

const SET = `${SUB}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachineScaleSets/set`;

/** More of what a request can hold than the plainest has. */
const rich: CapturePlan = {
  ...plan,
  watcherName: 'our (old) watcher',
  bytesPerPacket: 96,
  filters: [{ protocol: 'TCP', local_ip: '10.0.0.4', local_port: '443' }, { protocol: 'Any' }],
};

const scripted = createScriptedArms();

describe('the request that a dry run shows', () => {
  it.each<[string, Partial<CapturePlan>]>([
    ['a container of ours', {}],
    ['a path that Azure chooses', { storagePath: '' }],
    ['a cap and no filter', { totalBytes: 5000, filters: [] }],
    ['a ring', { ring: { fileCount: 5, fileBytes: 1_000_000 }, durationSeconds: 86_400 }],
    [
      'a scale set',
      {
        targetType: 'AzureVMSS',
        vmId: SET,
        scope: { include: [`${SET}/virtualMachines/0`], exclude: [`${SET}/virtualMachines/3`] },
        instances: [{ id: '0', name: 'set_0' }],
      },
    ],
  ])('is what creating the capture sends: %s', async (_what, changes) => {
    const asked = { ...rich, ...changes };
    const arm = await scripted((line) => (line.startsWith('PUT') ? resource('Succeeded') : missing));

    await arm.cloud.ensureCapture(asked, signal());

    const sent = arm.requests.filter(({ line }) => line.startsWith('PUT'));
    const shown = createRequest(arm.origin, asked);
    expect(sent.map(({ url }) => url)).toEqual([shown.url]);
    expect(sent.map(({ body }) => JSON.parse(body))).toEqual([shown.body]);
  });
});
