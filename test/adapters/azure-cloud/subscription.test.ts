import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cloudFacts } from '../../../src/adapters/azure-cloud/clouds.ts';
import { authorityOf } from '../../../src/adapters/azure-cloud/credential.ts';
import { defaultSubscription } from '../../../src/adapters/azure-cloud/subscription.ts';
import { refusal } from './setting.ts';

const ONE = '5c0f3f4e-8f6b-4e0c-9a2d-1b7e6d5c4b3a';
const TWO = '2b9e7a10-4c3d-4f5e-8a6b-7c8d9e0f1a2b';

let azureConfigDir = '';

beforeEach(async () => {
  azureConfigDir = await mkdtemp(join(tmpdir(), 'capwright-azure-'));
});

afterEach(async () => {
  await rm(azureConfigDir, { recursive: true, force: true });
});

const entry = (id: string, changes: object = {}): object => ({
  id,
  name: 'Demo',
  state: 'Enabled',
  user: { name: 'me@example.com', type: 'user' },
  isDefault: false,
  tenantId: '7a1d5d2e-3c55-4a5e-9d0b-0c1f2a3b4c5d',
  environmentName: 'AzureCloud',
  ...changes,
});

/** As the CLI writes it, with its byte order mark. */
const profile = (...subscriptions: object[]): Promise<void> =>
  writeFile(
    join(azureConfigDir, 'azureProfile.json'),
    `\uFEFF${JSON.stringify({ installationId: 'x', subscriptions })}`,
  );

describe('the subscription where a caller names none', () => {
  it('is the configured one', async () => {
    await profile(entry(TWO, { isDefault: true }));

    expect(await defaultSubscription({ subscriptionId: ONE, azureConfigDir })).toBe(ONE);
  });

  it("is else the Azure CLI's default", async () => {
    await profile(entry(ONE), entry(TWO, { isDefault: true }));

    expect(await defaultSubscription({ subscriptionId: null, azureConfigDir })).toBe(TWO);
  });

  it.each<[string, () => Promise<unknown>, RegExp, RegExp]>([
    ['nobody signed in', async () => undefined, /not signed in/, /az login/],
    [
      'none is the default',
      () => profile(entry(ONE)),
      /no default subscription/,
      /az account set --subscription ID/,
    ],
    [
      'the default is disabled',
      () => profile(entry(ONE, { isDefault: true, state: 'Disabled' })),
      /is not enabled/,
      /az account set/,
    ],
    [
      'the default lies in another cloud',
      () => profile(entry(ONE, { isDefault: true, environmentName: 'AzureChinaCloud' })),
      /lies in AzureChinaCloud, and the server works with AzureCloud/,
      /AZURE_CLOUD=AzureChinaCloud/,
    ],
    [
      'the profile is torn',
      () => writeFile(join(azureConfigDir, 'azureProfile.json'), '{"subscriptions": [{'),
      /not what it should be/,
      /az account clear/,
    ],
    [
      'the profile holds something else',
      () => writeFile(join(azureConfigDir, 'azureProfile.json'), '{"subscriptions": [{"id": "$(rm)"}]}'),
      /not what it should be/,
      /az account clear/,
    ],
    [
      'the profile is a folder',
      () => mkdir(join(azureConfigDir, 'azureProfile.json')),
      /cannot be read/,
      /let the server read/,
    ],
  ])('is refused with cause and fix where %s', async (_, prepare, message, next) => {
    await prepare();

    const error = await refusal(defaultSubscription({ subscriptionId: null, azureConfigDir }));

    expect(error.code).toBe('AZURE_NOT_CONFIGURED');
    expect(error.message).toMatch(message);
    expect(error.next).toMatch(next);
  });
});

describe('the clouds of Azure', () => {
  it.each([
    ['AzureCloud', 'management.azure.com', 'login.microsoftonline.com', 'windows.net'],
    ['AzureChinaCloud', 'management.chinacloudapi.cn', 'login.chinacloudapi.cn', 'chinacloudapi.cn'],
    ['AzureUSGovernment', 'management.usgovcloudapi.net', 'login.microsoftonline.us', 'usgovcloudapi.net'],
  ] as const)('%s has its own hosts and tokens', (cloud, arm, login, blob) => {
    const facts = cloudFacts({ cloud });

    expect(facts).toMatchObject({
      armEndpoint: `https://${arm}`,
      tokenScope: `https://${arm}/.default`,
      authorityHost: `https://${login}`,
    });
    expect(facts.blobHosts.test(`acct.blob.core.${blob}`)).toBe(true);
    expect(cloudFacts({ armEndpoint: `https://${arm}/` })).toEqual(facts);
  });

  it('take an unknown endpoint for a stand-in of the cloud that is named', () => {
    expect(cloudFacts({ cloud: 'AzureUSGovernment', armEndpoint: 'https://127.0.0.1:1' })).toMatchObject({
      armEndpoint: 'https://127.0.0.1:1',
      tokenScope: 'https://management.usgovcloudapi.net/.default',
    });
  });

  it('choose the authority, unless one is configured', () => {
    expect(authorityOf({ cloud: 'AzureChinaCloud' })).toBe('https://login.chinacloudapi.cn');
    expect(authorityOf({ cloud: 'AzureChinaCloud', authorityHost: 'https://login.example' })).toBe(
      'https://login.example',
    );
    expect(authorityOf({})).toBeUndefined();
  });
});
