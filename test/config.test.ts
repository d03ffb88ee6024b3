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

const modelOf = (env: Record<string, string>) => readConfig(env, '/srv/capwright').model;
const ANTHROPIC = {
  ANTHROPIC_API_KEY: 'sk-ant-1',
  ANTHROPIC_MODEL: 'a',
  ANTHROPIC_BASE_URL: 'https://a.example',
};
const OPENAI = { OPENAI_API_KEY: 'sk-1', OPENAI_MODEL: 'o', OPENAI_API_BASE: 'https://o.example/v1' };
const anthropic = { provider: 'anthropic', apiKey: 'sk-ant-1', name: 'a', baseUrl: 'https://a.example' };
const openai = { provider: 'openai', apiKey: 'sk-1', name: 'o', baseUrl: 'https://o.example/v1' };

describe('the settings of the model', () => {
  it.each([
    ['nothing', {}, null],
    ['empty variables', { ANTHROPIC_API_KEY: '', OPENAI_API_KEY: '', CAPWRIGHT_MODEL_PROVIDER: '' }, null],
    ['a key of Anthropic', ANTHROPIC, anthropic],
    ['a key of OpenAI', OPENAI, openai],
    ['both', { ...OPENAI, ...ANTHROPIC }, anthropic],
    ['both, and OpenAI named', { ...OPENAI, ...ANTHROPIC, CAPWRIGHT_MODEL_PROVIDER: 'openai' }, openai],
    ['both, and none named', { ...OPENAI, ...ANTHROPIC, CAPWRIGHT_MODEL_PROVIDER: 'none' }, null],
    ['sampling named', { ...ANTHROPIC, CAPWRIGHT_MODEL_PROVIDER: 'sampling' }, { provider: 'sampling' }],
    [
      'a local endpoint without a key',
      { OPENAI_API_BASE: 'http://127.0.0.1:11434/v1' },
      { provider: 'openai', apiKey: null, name: null, baseUrl: 'http://127.0.0.1:11434/v1' },
    ],
    [
      "the address under the name of OpenAI's libraries",
      { OPENAI_API_KEY: 'sk-1', OPENAI_BASE_URL: 'https://p.example/v1' },
      { provider: 'openai', apiKey: 'sk-1', name: null, baseUrl: 'https://p.example/v1' },
    ],
    ['both addresses', { ...OPENAI, OPENAI_BASE_URL: 'https://p.example/v1' }, openai],
  ])('choose with %s', (_, env, model) => {
    expect(modelOf(env)).toEqual(model);
  });

  it.each([
    [{ CAPWRIGHT_MODEL_PROVIDER: 'gemini' }, 'CAPWRIGHT_MODEL_PROVIDER'],
    [{ ...OPENAI, CAPWRIGHT_MODEL_PROVIDER: 'anthropic' }, 'ANTHROPIC_API_KEY'],
    [{ ...ANTHROPIC, CAPWRIGHT_MODEL_PROVIDER: 'openai' }, 'OPENAI_API_BASE'],
    [{ CAPWRIGHT_MODEL_MAX_USD: '1' }, 'CAPWRIGHT_MODEL_PRICES'],
    [{ CAPWRIGHT_MODEL_MAX_TOKENS: 'many' }, 'CAPWRIGHT_MODEL_MAX_TOKENS'],
    [{ CAPWRIGHT_MODEL_PRICES: '3/15' }, 'CAPWRIGHT_MODEL_PRICES'],
    [{ CAPWRIGHT_MODEL_PRICES: 'input=3' }, 'CAPWRIGHT_MODEL_PRICES'],
    [{ CAPWRIGHT_MODEL_PRICES: 'input=,output=2' }, 'CAPWRIGHT_MODEL_PRICES'],
    [{ CAPWRIGHT_PRIVACY: 'fact-only' }, 'CAPWRIGHT_PRIVACY'],
  ])('refuse %j by the name that is wrong or missing', (env, name) => {
    expect(() => modelOf(env)).toThrow(ConfigError);
    expect(() => modelOf(env)).toThrow(name);
  });

  it('never quote a key in a refusal', () => {
    const env = { ...OPENAI, OPENAI_API_KEY: 'sk-secret-0123', CAPWRIGHT_MODEL_PROVIDER: 'anthropic' };

    expect(() => modelOf(env)).toThrow(/^(?!.*sk-secret).*$/s);
  });

  it('limit what a model takes, and price it', () => {
    const limits = readConfig(
      {
        CAPWRIGHT_MODEL_MAX_USD: '0.5',
        CAPWRIGHT_MODEL_MAX_SECONDS: '60',
        CAPWRIGHT_MODEL_PRICES: 'input=3, cached=0.3, output=15',
      },
      '/srv/capwright',
    ).modelLimits;

    expect(limits).toEqual({
      tokens: 1_000_000,
      usd: 0.5,
      milliseconds: 60_000,
      prices: { input: 3, output: 15, cached: 0.3, cacheWrite: 3.75 },
    });
  });
});
