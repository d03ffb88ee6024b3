import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CaptureTarget } from '../../../src/ports.ts';
import { setStage, type Stage } from './local.ts';
import { refusal, signal, targetOf } from './setting.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await setStage();
});

afterAll(async () => {
  await stage.stop();
});

const id = (path: string): string =>
  `/subscriptions/${stage.azure.connection.subscriptionId}/resourceGroups/capwright-demo/providers/${path}`;

describe('preflight', () => {
  it('takes a VM and an account by full id as well as by name', async () => {
    const byName = await stage.cloud.preflight(targetOf(), signal());
    const byId = await stage.cloud.preflight(
      targetOf({
        target: id('Microsoft.Compute/virtualMachines/web-01'),
        resourceGroup: null,
        storageAccount: id('Microsoft.Storage/storageAccounts/capwrightdemo'),
        locationHint: 'East US',
      }),
      signal(),
    );

    expect(byId).toEqual(byName);
  });

  it('creates nothing and changes nothing', async () => {
    await stage.requests();

    await stage.cloud.preflight(targetOf(), signal());

    const methods = new Set((await stage.requests()).map((line) => line.split(' ')[0]));
    expect(methods).toEqual(new Set(['GET']));
  });

  it('tells what it found, one line for each thing that a capture needs', async () => {
    const { checks } = await stage.cloud.preflight(targetOf(), signal());

    expect(checks).toEqual([
      {
        name: 'vm',
        detail: `web-01 exists in resource group capwright-demo of subscription ${stage.azure.connection.subscriptionId}`,
      },
      { name: 'power', detail: 'running' },
      { name: 'region', detail: 'eastus' },
      { name: 'agent', detail: 'NetworkWatcherAgentLinux is installed' },
      {
        name: 'watcher',
        detail: 'NetworkWatcher_eastus in resource group NetworkWatcherRG serves eastus',
      },
      {
        name: 'storage',
        detail: 'capwrightdemo (Standard_LRS) lies in the same region and allows shared keys',
      },
      { name: 'firewall', detail: 'capwrightdemo is open to all networks' },
      { name: 'container', detail: 'captures exists' },
      { name: 'reading', detail: 'this server may read from capwrightdemo' },
      { name: 'captures', detail: 'none on this VM' },
      { name: 'limits', detail: '0 captures in eastus; Azure runs at most 10000 sessions there' },
    ]);
  });

  it.each<[string, Partial<CaptureTarget>, string, RegExp, RegExp]>([
    ['an unknown VM', { target: 'ghost' }, 'VM_NOT_FOUND', /no VM ghost in resource group/, /az vm list/],
    [
      'a wrong resource group',
      { resourceGroup: 'nowhere' },
      'VM_NOT_FOUND',
      /Resource group nowhere does not exist/,
      /az vm list/,
    ],
    [
      'a group that holds other things',
      { resourceGroup: 'NetworkWatcherRG' },
      'VM_NOT_FOUND',
      /no VM web-01/,
      /az vm list/,
    ],
    [
      'no resource group',
      { resourceGroup: null },
      'INVALID_ARGUMENT',
      /resource_group is missing/,
      /full ARM id/,
    ],
    [
      'a VM that is off',
      { target: 'stopped-01' },
      'VM_NOT_RUNNING',
      /power state: deallocated/,
      /az vm start/,
    ],
    [
      'a VM without agent',
      { target: 'no-agent-01' },
      'AGENT_MISSING',
      /no Network Watcher agent/,
      /az vm extension set .* --vm-name 'no-agent-01' --name NetworkWatcherAgentLinux --publisher Microsoft\.Azure\.NetworkWatcher --version 1\.4/,
    ],
    [
      'a region without watcher',
      { target: 'no-watcher-01' },
      'WATCHER_NOT_FOUND',
      /not enabled in region westus/,
      /az network watcher configure .* --locations westus --enabled true/,
    ],
    ['a hint that disagrees', { locationHint: 'westus' }, 'LOCATION_MISMATCH', /lies in eastus/, /eastus/],
    [
      'an unknown account',
      { storageAccount: 'nosuchaccount' },
      'STORAGE_NOT_FOUND',
      /nosuchaccount/,
      /az storage account list/,
    ],
    [
      'a Premium account',
      { storageAccount: 'premiumdemo' },
      'STORAGE_REFUSED',
      /Premium/,
      /Standard storage account in eastus/,
    ],
    [
      'an account without shared keys',
      { storageAccount: 'lockedaccount' },
      'STORAGE_REFUSED',
      /shared-key/,
      /--allow-shared-key-access true/,
    ],
    [
      'an account in another region',
      { storageAccount: 'farawaydemo' },
      'STORAGE_REFUSED',
      /not in the target's region eastus/,
      /Standard storage account in eastus/,
    ],
    [
      'an account that lets nobody through',
      { storageAccount: 'firewalleddemo' },
      'STORAGE_REFUSED',
      /no network through its firewall/,
      /az storage account network-rule add .* --account-name firewalleddemo/,
    ],
    [
      'an account without any way in',
      { storageAccount: 'privatedemo' },
      'STORAGE_REFUSED',
      /forbids public network access and has no private endpoint/,
      /network-rule add/,
    ],
    [
      'a container that is not there',
      { storageContainer: 'no-such-container' },
      'STORAGE_NOT_FOUND',
      /no container no-such-container/,
      /az storage container create .* --account-name capwrightdemo --name no-such-container/,
    ],
    [
      'a container name that is none',
      { storageContainer: '../other' },
      'INVALID_ARGUMENT',
      /storage_container/,
      /Correct storage_container/,
    ],
    [
      'an account name that is none',
      { storageAccount: 'Not_An_Account!' },
      'INVALID_ARGUMENT',
      /storage_account/,
      /name of a storage account/,
    ],
    ['a name that climbs', { target: '..' }, 'INVALID_ARGUMENT', /target/, /Correct target/],
    [
      'a name that breaks out of a command',
      { target: "x' ; rm" },
      'INVALID_ARGUMENT',
      /target/,
      /Correct target/,
    ],
    [
      'a subscription that is no id',
      { subscriptionId: 'prod' },
      'INVALID_ARGUMENT',
      /subscription_id/,
      /az account list/,
    ],
    [
      'another subscription',
      { subscriptionId: '00000000-0000-0000-0000-000000000000' },
      'AZURE_NOT_CONFIGURED',
      /does not know the subscription/,
      /az account list/,
    ],
    [
      'a capture name that Azure refuses',
      { captureName: 'a/b' },
      'INVALID_ARGUMENT',
      /capture name/,
      /start_capture/,
    ],
  ])('refuses %s and says how to go on', async (_, changes, code, message, next) => {
    const error = await refusal(stage.cloud.preflight(targetOf(changes), signal()));

    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.next).toMatch(next);
  });

  it('warns of an account that lets only some through, and goes on', async () => {
    const target = targetOf({ storageAccount: 'subnetdemo', storageContainer: 'network-watcher-logs' });

    const { checks } = await stage.cloud.preflight(target, signal());

    expect(checks).toContainEqual({
      name: 'firewall',
      detail: expect.stringMatching(/^warning: .*subnets: 1.*this server.* must both get through$/),
    });
    expect(checks).toContainEqual({
      name: 'reading',
      detail: expect.stringMatching(/^warning: subnetdemo refuses this server.*Storage Blob Data Reader/),
    });
  });

  it('goes on where it may not look for the container, and says which right is missing', async () => {
    await stage.plant({ match: { method: 'GET', pathIncludes: '/containers/' }, action: { status: 403 } });

    const { checks } = await stage.cloud.preflight(targetOf(), signal());

    expect(checks).toContainEqual({
      name: 'container',
      detail: expect.stringMatching(/^warning: .*blobServices\/containers\/read is missing/),
    });
  });

  it.each([
    ['resource_group', { resourceGroup: 'other\n# group' }, '"other # group"'],
    ['subscription_id', { subscriptionId: 'another one' }, '"another one"'],
  ])('refuses a %s that disagrees with the id, and quotes both', async (field, different, value) => {
    const target = id('Microsoft.Compute/virtualMachines/web-01');

    const error = await refusal(stage.cloud.preflight(targetOf({ target, ...different }), signal()));

    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', next: expect.stringContaining(field) });
    const [, said] = error.message.split(`${field} is ${value}, and the id in target says `);
    expect(target).toContain(`/${JSON.parse(said?.slice(0, -1) ?? '')}/`);
  });

  it('refuses a VM on which somebody else captures, and names the capture', async () => {
    await stage.foreignCapture('ops-debug', 'web-02');

    const error = await refusal(stage.cloud.preflight(targetOf({ target: 'web-02' }), signal()));

    expect(error).toMatchObject({
      code: 'VM_BUSY',
      message: expect.stringContaining('not ours: capture ops-debug'),
    });
  });

  it('refuses a VM on which we capture already, but not for a repeat of the same capture', async () => {
    const { plan } = await stage.cloud.preflight(targetOf({ captureName: 'capwright-busy-1' }), signal());
    await stage.cloud.ensureCapture(plan, signal());

    const other = await refusal(
      stage.cloud.preflight(targetOf({ captureName: 'capwright-busy-2' }), signal()),
    );
    const same = await stage.cloud.preflight(targetOf({ captureName: 'capwright-busy-1' }), signal());
    await stage.cloud.stopCapture(plan, signal());
    const after = await stage.cloud.preflight(targetOf({ captureName: 'capwright-busy-2' }), signal());

    expect(other).toMatchObject({
      code: 'VM_BUSY',
      message: expect.stringContaining('of ours: capture capwright-busy-1'),
    });
    expect(same.plan).toEqual(plan);
    expect(after.plan.captureName).toBe('capwright-busy-2');
    expect(after.checks).toContainEqual({
      name: 'captures',
      detail: 'none running on this VM; over: 1 of ours, 0 foreign',
    });
  });
});
