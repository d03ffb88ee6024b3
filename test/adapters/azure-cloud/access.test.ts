import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AzureCloudOptions } from '../../../src/adapters/azure-cloud/options.ts';
import { setStage, type Stage } from './local.ts';
import { keepingLog, refusal, signal, targetOf } from './setting.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await setStage();
});

afterAll(async () => {
  await stage.stop();
});

/** Signs in with the operator's principal, changed. */
function principal(changes: Record<string, string>): Pick<AzureCloudOptions, 'environment'> {
  return {
    environment: {
      AZURE_TENANT_ID: stage.azure.connection.tenantId,
      AZURE_CLIENT_ID: stage.azure.connection.clientId,
      AZURE_CLIENT_SECRET: stage.azure.connection.clientSecret,
      ...changes,
    },
  };
}

describe('credentials', () => {
  it('are refused by name where the secret is wrong, and the secret stays unsaid', async () => {
    const cloud = stage.cloudWith(principal({ AZURE_CLIENT_SECRET: 'hush-hush' }));

    const error = await refusal(cloud.preflight(targetOf(), signal()));

    expect(error).toMatchObject({ code: 'CREDENTIALS', next: expect.stringContaining('az login') });
    expect(`${error.message}${error.next}${String(error.cause)}`).not.toContain('hush-hush');
  });

  it('that lack the right are told which role is missing', async () => {
    const { clientId, clientSecret } = stage.azure.connection.unprivileged;
    const cloud = stage.cloudWith(
      principal({ AZURE_CLIENT_ID: clientId, AZURE_CLIENT_SECRET: clientSecret }),
    );

    expect(await refusal(cloud.preflight(targetOf(), signal()))).toMatchObject({
      code: 'FORBIDDEN',
      retryable: false,
    });
    expect(await refusal(cloud.listCaptures(signal()))).toMatchObject({ code: 'FORBIDDEN' });
  });

  it('that are not there are asked for', async () => {
    const cloud = stage.cloudWith({ environment: {} });

    expect(await refusal(cloud.preflight(targetOf(), signal()))).toMatchObject({ code: 'CREDENTIALS' });
  });

  it('are not sent to an endpoint whose certificate nobody vouches for', async () => {
    const cloud = stage.cloudWith({
      caFile: undefined,
      credential: { getToken: async () => ({ token: 'x', expiresOnTimestamp: Date.now() + 3_600_000 }) },
    });
    await stage.requests();

    expect(await refusal(cloud.listCaptures(signal()))).toMatchObject({ code: 'AZURE_NOT_CONFIGURED' });
    expect(await stage.requests()).toEqual([]);
  });

  it('are not looked for with a CA file that cannot be read', async () => {
    const cloud = stage.cloudWith({ caFile: '/nonexistent/ca.pem' });

    expect(await refusal(cloud.listCaptures(signal()))).toMatchObject({ code: 'AZURE_NOT_CONFIGURED' });
  });

  it('need a subscription to look for captures in', async () => {
    const cloud = stage.cloudWith({ subscriptionId: null });

    expect(await refusal(cloud.listCaptures(signal()))).toMatchObject({ code: 'AZURE_NOT_CONFIGURED' });
  });
});

const idOf = (name: string): string =>
  stage.azure.connection.subscriptions.find((candidate) => candidate.name.includes(name))?.id ?? '';

const names = (captures: { name: string }[]): string[] => captures.map(({ name }) => name);

async function captureOn(subscriptionId: string, vm: string, resourceGroup: string): Promise<void> {
  const account = subscriptionId === idOf('Other') ? 'otherdemo' : 'capwrightdemo';
  const target = targetOf({
    subscriptionId,
    target: vm,
    resourceGroup,
    storageAccount: account,
    storageContainer: 'network-watcher-logs',
    captureName: `capwright-on-${vm}`,
  });
  const { plan } = await stage.cloud.preflight(target, signal());
  await stage.cloud.ensureCapture(plan, signal());
}

describe('looking for captures', () => {
  it('covers the configured subscription and those that the caller names, each once', async () => {
    const [demo, other] = [idOf('Demo'), idOf('Other')];
    await captureOn(demo, 'web-01', 'capwright-demo');
    await captureOn(other, 'other-01', 'other-group');

    const alone = await stage.cloud.listCaptures(signal());
    const both = await stage.cloud.listCaptures(signal(), [other, demo.toUpperCase(), other]);
    const without = await stage.cloudWith({ subscriptionId: null }).listCaptures(signal(), [other]);

    expect(names(alone)).toEqual(['capwright-on-web-01']);
    expect(names(both)).toEqual(['capwright-on-web-01', 'capwright-on-other-01']);
    expect(both.map(({ subscriptionId }) => subscriptionId)).toEqual([demo, other]);
    expect(names(without)).toEqual(['capwright-on-other-01']);
  });

  it('passes over a subscription that is no more, and says so in the log', async () => {
    const { log, lines } = keepingLog();
    const gone = '00000000-0000-4000-8000-000000000000';

    const found = await stage.cloudWith({ log }).listCaptures(signal(), [gone]);

    expect(found).not.toEqual([]);
    expect(lines.join('\n')).toContain('a subscription of earlier tasks is unknown');
  });

  it('does not call a subscription empty that it may not read', async () => {
    expect(await refusal(stage.cloud.listCaptures(signal(), [idOf('Closed')]))).toMatchObject({
      code: 'FORBIDDEN',
    });
  });
});
