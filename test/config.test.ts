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

const sandboxOf = (env: Record<string, string>) => readConfig(env, '/srv/capwright').sandbox;

describe('the settings of the sandbox', () => {
  it('leave everything to what is there', () => {
    const nothing = {
      engine: 'auto',
      runtime: null,
      concurrency: null,
      podman: { containerHost: null, runtimeDir: null },
    };

    expect(sandboxOf({})).toEqual(nothing);
    expect(
      sandboxOf({ CAPWRIGHT_SANDBOX: '', CAPWRIGHT_SANDBOX_RUNTIME: '', CAPWRIGHT_SANDBOX_CONCURRENCY: '' }),
    ).toEqual(nothing);
  });

  it('name an engine, a runtime, a number of sessions and the places of Podman', () => {
    expect(
      sandboxOf({
        CAPWRIGHT_SANDBOX: 'podman',
        CAPWRIGHT_SANDBOX_RUNTIME: 'runsc',
        CAPWRIGHT_SANDBOX_CONCURRENCY: '3',
        CONTAINER_HOST: 'unix:///run/p.sock',
        XDG_RUNTIME_DIR: '/run/user/7',
      }),
    ).toEqual({
      engine: 'podman',
      runtime: 'runsc',
      concurrency: 3,
      podman: { containerHost: 'unix:///run/p.sock', runtimeDir: '/run/user/7' },
    });
  });

  it.each([
    ['CAPWRIGHT_SANDBOX', 'off'],
    ['CAPWRIGHT_SANDBOX_RUNTIME', '../runsc'],
    ['CAPWRIGHT_SANDBOX_CONCURRENCY', '0'],
    ['CAPWRIGHT_SANDBOX_CONCURRENCY', 'many'],
  ])('refuse %s=%s by its name', (name, value) => {
    expect(() => sandboxOf({ [name]: value })).toThrow(ConfigError);
    expect(() => sandboxOf({ [name]: value })).toThrow(name);
  });
});
