import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CapturePlan } from '../../../src/domain/capture-plan.ts';
import type { CaptureTarget } from '../../../src/ports.ts';
import { setStage, type Stage } from './local.ts';
import { filesOf, runAndStop } from './sessions.ts';
import { refusal, signal, targetOf } from './setting.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await setStage();
});

afterAll(async () => {
  await stage.stop();
});

const setId = (name: string): string =>
  `/subscriptions/${stage.azure.connection.subscriptionId}/resourceGroups/capwright-demo/providers/Microsoft.Compute/virtualMachineScaleSets/${name}`;

const setTarget = (changes: Partial<CaptureTarget> = {}): CaptureTarget =>
  targetOf({ target: 'web-set', targetType: 'AzureVMSS', ...changes });

async function planned(changes: Partial<CaptureTarget> = {}): Promise<CapturePlan> {
  return (await stage.cloud.preflight(setTarget(changes), signal())).plan;
}

describe('preflight of a scale set', () => {
  it('expects a file of every instance where none is named', async () => {
    const plan = await planned();

    expect(plan).toMatchObject({
      targetType: 'AzureVMSS',
      vmId: setId('web-set'),
      scope: { include: [], exclude: [] },
      instances: [
        { id: '0', name: 'web-set_0' },
        { id: '1', name: 'web-set_1' },
        { id: '2', name: 'web-set_2' },
      ],
      storagePath:
        'https://capwrightdemo.blob.core.windows.net/captures/capwright-test-1/capwright-test-1.cap',
    });
  });

  it('takes instances by number, by name and by id, and asks Azure by id', async () => {
    const include = ['2', 'WEB-SET_0', `${setId('web-set')}/virtualMachines/0`];

    const { plan, request } = await stage.cloud.preflight(
      setTarget({ target: setId('web-set'), targetType: null, instances: { include, exclude: [] } }),
      signal(),
    );

    const ids = [0, 2].map((number) => `${setId('web-set')}/virtualMachines/${number}`);
    expect(plan.instances.map(({ id }) => id)).toEqual(['0', '2']);
    expect(request.body.properties).toMatchObject({
      targetType: 'AzureVMSS',
      scope: { include: ids, exclude: [] },
    });
  });

  it('expects nothing of those that are excluded', async () => {
    const { plan, request } = await stage.cloud.preflight(
      setTarget({ instances: { include: [], exclude: ['web-set_1'] } }),
      signal(),
    );

    expect(plan.instances.map(({ id }) => id)).toEqual(['0', '2']);
    expect(request.body.properties.scope).toEqual({
      include: [],
      exclude: [`${setId('web-set')}/virtualMachines/1`],
    });
  });

  it('names the instances that do not run or have no agent, and expects no file of them', async () => {
    const { plan, checks } = await stage.cloud.preflight(setTarget({ target: 'mixed-set' }), signal());

    expect(plan.instances).toEqual([{ id: '0', name: 'mixed-set_0' }]);
    expect(plan.idle).toEqual([
      { id: '3', name: 'mixed-set_3' },
      { id: '5', name: 'mixed-set_5' },
    ]);
    expect(checks).toContainEqual({
      name: 'power',
      detail: 'running: mixed-set_0, mixed-set_5; not running, and owing no file: mixed-set_3',
    });
    expect(checks).toContainEqual({
      name: 'agent',
      detail: 'NetworkWatcherAgentLinux is installed; but not on: mixed-set_5',
    });
  });

  it.each<[string, Partial<CaptureTarget>, string, RegExp, RegExp]>([
    [
      'an instance that is not there',
      { instances: { include: ['0', '9'], exclude: [] } },
      'INVALID_ARGUMENT',
      /Scale set web-set has no instance 9, which include_instances names/,
      /az vmss list-instances .* --name 'web-set'/,
    ],
    [
      'an excluded instance that is not there',
      { instances: { include: [], exclude: ['web-set_7'] } },
      'INVALID_ARGUMENT',
      /no instance web-set_7, which exclude_instances names/,
      /az vmss list-instances/,
    ],
    [
      'an instance of unprintable name',
      { instances: { include: ['\u0007; rm -rf'], exclude: [] } },
      'INVALID_ARGUMENT',
      /no instance \(unprintable\)/,
      /az vmss list-instances/,
    ],
    [
      'an instance in both lists',
      { instances: { include: ['1', '2'], exclude: ['web-set_2'] } },
      'INVALID_ARGUMENT',
      /Instance web-set_2 is in include_instances and in exclude_instances/,
      /one of them/,
    ],
    [
      'a scope that leaves nothing',
      { instances: { include: [], exclude: ['0', '1', '2'] } },
      'INVALID_ARGUMENT',
      /leaves no instance/,
      /exclude_instances/,
    ],
    [
      'a scope of which nothing runs',
      { target: 'mixed-set', instances: { include: ['3'], exclude: [] } },
      'VM_NOT_RUNNING',
      /no instance that is asked for runs \(mixed-set_3\)/,
      /az vmss start .* --instance-ids 3/,
    ],
    [
      'a scope of which nothing has the agent',
      { target: 'mixed-set', instances: { include: ['5'], exclude: [] } },
      'AGENT_MISSING',
      /Scale set mixed-set has no Network Watcher agent/,
      /az vmss extension set .* --vmss-name 'mixed-set'/,
    ],
    [
      'a scale set that is not there',
      { target: 'ghost-set' },
      'VM_NOT_FOUND',
      /no scale set ghost-set/,
      /az vmss list/,
    ],
    [
      'a VM that is called a scale set',
      { target: 'web-01' },
      'VM_NOT_FOUND',
      /no scale set web-01 .* but a VM of that name/,
      /target_type AzureVM/,
    ],
    [
      'a scale set that is called by its name alone',
      { targetType: null },
      'VM_NOT_FOUND',
      /no VM web-set .* but a scale set of that name/,
      /target_type AzureVMSS/,
    ],
    [
      'instances of a VM',
      { target: 'web-01', targetType: null, instances: { include: ['0'], exclude: [] } },
      'INVALID_ARGUMENT',
      /include_instances is for scale sets/,
      /target_type to AzureVMSS/,
    ],
    [
      'a ring of more files than anybody would look for',
      { ring: { fileCount: 5000, fileBytes: 1_000_000 } },
      'INVALID_ARGUMENT',
      /may leave 15000 files/,
      /smaller continuous.file_count/,
    ],
  ])('refuses %s and says how to go on', async (_, changes, code, message, next) => {
    const error = await refusal(stage.cloud.preflight(setTarget(changes), signal()));

    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.next).toMatch(next);
  });

  it('refuses one instance by id, and says how it is named instead', async () => {
    const target = `${setId('web-set')}/virtualMachines/0`;

    const error = await refusal(stage.cloud.preflight(targetOf({ target, resourceGroup: null }), signal()));

    expect(error).toMatchObject({
      code: 'INVALID_ARGUMENT',
      next: expect.stringContaining('include_instances'),
    });
  });

  it('refuses a target_type that disagrees with the id', async () => {
    const target = setTarget({ target: setId('web-set'), targetType: 'AzureVM' });

    const error = await refusal(stage.cloud.preflight(target, signal()));

    expect(error).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: 'target_type is "AzureVM", and the id in target says "AzureVMSS".',
    });
  });
});

describe('a capture of a scale set', () => {
  it('is created once, and leaves a file for each instance, which are deleted one by one', async () => {
    const { cloud } = stage;
    const plan = await planned({
      captureName: 'capwright-set-1',
      instances: { include: [], exclude: ['1'] },
    });
    await cloud.ensureCapture(plan, signal());
    await cloud.ensureCapture(plan, signal());
    const storagePath = await runAndStop(stage, plan);

    const files = await filesOf(stage, plan, storagePath, 2);

    expect(files.map(({ instanceId }) => instanceId)).toEqual(['0', '2']);
    expect(files.every(({ bytes }) => bytes > 24)).toBe(true);
    const [first, second] = files.map(({ url }) => url);
    expect(await cloud.blobSize(first ?? '', signal())).toBe(files[0]?.bytes);
    expect(await cloud.deleteBlob(first ?? '', signal())).toBe(true);
    expect(await cloud.deleteBlob(first ?? '', signal())).toBe(true);
    expect((await cloud.captureBlobs(plan, storagePath, signal())).map(({ url }) => url)).toEqual([second]);
    await cloud.deleteCapture(plan, signal());
  });

  it('finds its files by their stem where Azure chose the path', async () => {
    const plan: CapturePlan = { ...(await planned({ captureName: 'capwright-set-2' })), storagePath: '' };
    const storagePath = await runAndStop(stage, plan);

    const files = await filesOf(stage, plan, storagePath, 3);

    expect(storagePath).toContain('/network-watcher-logs/');
    expect(files.map(({ instanceId }) => instanceId)).toEqual(['0', '1', '2']);
    expect(await stage.cloud.deleteBlob(files[0]?.url ?? '', signal())).toBe(true);
    await stage.cloud.deleteCapture(plan, signal());
  });

  it('is not taken for the same where the scope is another', async () => {
    const plan = await planned({
      captureName: 'capwright-set-3',
      instances: { include: ['0'], exclude: [] },
    });
    await stage.cloud.ensureCapture(plan, signal());

    const other = { ...plan, scope: { include: [`${setId('web-set')}/virtualMachines/1`], exclude: [] } };

    expect(await refusal(stage.cloud.ensureCapture(other, signal()))).toMatchObject({
      code: 'AZURE_REFUSED',
    });
    await stage.cloud.deleteCapture(plan, signal());
  });
});
