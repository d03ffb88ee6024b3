import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../src/config.ts';

const azureOf = (env: Record<string, string>) => readConfig(env, '/srv/capwright').azure;

describe('the settings of Azure', () => {
  it('leave cloud and subscription to their defaults, and know where the CLI keeps its own', () => {
    expect(azureOf({})).toMatchObject({
      cloud: null,
      subscriptionId: null,
      configDir: join(homedir(), '.azure'),
    });
  });

  it('take an empty variable for none', () => {
    expect(azureOf({ AZURE_CLOUD: '', AZURE_CONFIG_DIR: '', AZURE_SUBSCRIPTION_ID: '' })).toEqual(
      azureOf({}),
    );
  });

  it('name a sovereign cloud, and another folder of the CLI', () => {
    const azure = azureOf({ AZURE_CLOUD: 'AzureUSGovernment', AZURE_CONFIG_DIR: '/etc/azure' });

    expect(azure).toMatchObject({ cloud: 'AzureUSGovernment', configDir: '/etc/azure' });
  });

  it('refuse a cloud that is none, by the name of the variable', () => {
    expect(() => azureOf({ AZURE_CLOUD: 'Azure' })).toThrow(ConfigError);
    expect(() => azureOf({ AZURE_CLOUD: 'Azure' })).toThrow(/AZURE_CLOUD/);
  });
});
