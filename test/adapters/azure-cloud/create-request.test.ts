import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createRequest } from '../../../src/adapters/azure-cloud/capture-resource.ts';
import type { CapturePlan } from '../../../src/domain/capture-plan.ts';
import { scriptedCertificate, startScriptedArm, type ScriptedArm } from './scripted-arm.ts';
import { signal } from './setting.ts';

const SUB = '/subscriptions/5c0f3f4e-8f6b-4e0c-9a2d-1b7e6d5c4b3a';

const SET = `${SUB}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachineScaleSets/set`;

const plan: CapturePlan = {
  subscriptionId: '5c0f3f4e-8f6b-4e0c-9a2d-1b7e6d5c4b3a',
  targetType: 'AzureVM',
  vmId: `${SUB}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm`,
  vmName: 'vm',
  vmResourceGroup: 'rg',
  location: 'eastus',
  watcherName: 'our (old) watcher',
  watcherResourceGroup: 'NetworkWatcherRG',
  captureName: 'c1',
  storageId: `${SUB}/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/acct`,
  storageAccount: 'acct',
  storagePath: 'https://acct.blob.core.windows.net/captures/c1.cap',
  durationSeconds: 60,
  totalBytes: 0,
  bytesPerPacket: 96,
  filters: [{ protocol: 'TCP', local_ip: '10.0.0.4', local_port: '443' }, { protocol: 'Any' }],
  scope: { include: [], exclude: [] },
  instances: [],
  idle: [],
  ring: null,
};

const certificate = scriptedCertificate();
let arm: ScriptedArm | undefined;
afterEach(async () => arm?.stop());
afterAll(() => certificate.remove());

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
    const asked = { ...plan, ...changes };
    const properties = { provisioningState: 'Succeeded', target: plan.vmId, storageLocation: {} };
    arm = await startScriptedArm(certificate.files, (line) =>
      line.startsWith('PUT')
        ? { status: 200, body: { name: 'c1', properties } }
        : { status: 404, body: { error: { code: 'NotFound', message: 'x', details: [] } } },
    );

    await arm.cloud.ensureCapture(asked, signal());

    const sent = arm.requests.filter(({ line }) => line.startsWith('PUT'));
    const shown = createRequest(arm.origin, asked);
    expect(sent.map(({ url }) => url)).toEqual([shown.url]);
    expect(sent.map(({ body }) => JSON.parse(body))).toEqual([shown.body]);
  });
});
