import type { AccessToken } from '@azure/identity';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { lastingCredential } from '../../../src/adapters/azure-cloud/lasting-credential.ts';
import type { CapturePlan } from '../../../src/domain/capture-plan.ts';
import type { Cloud } from '../../../src/ports.ts';
import { setStage, type Stage } from './local.ts';
import { refusal, signal, targetOf } from './setting.ts';

let stage: Stage;
let plan: CapturePlan;

beforeAll(async () => {
  stage = await setStage();
  ({ plan } = await stage.cloud.preflight(targetOf({ captureName: 'capwright-lost-1' }), signal()));
  await stage.cloud.blobSize(plan.storagePath, signal());
});

afterEach(async () => {
  await stage.acceptCredentials(true);
  await stage.clearFaults();
});

afterAll(async () => {
  await stage.stop();
});

const CALLS: [string, (cloud: Cloud) => Promise<unknown>][] = [
  ['a read of a capture', (cloud) => cloud.readCapture(plan, signal())],
  ['a look for a file', (cloud) => cloud.blobSize(plan.storagePath, signal())],
  [
    'a look for many files',
    (cloud) => cloud.captureBlobs({ ...plan, targetType: 'AzureVMSS' }, plan.storagePath, signal()),
  ],
  ['the deletion of a file', (cloud) => cloud.deleteBlob(plan.storagePath, signal())],
  [
    'a download',
    (cloud) => {
      const limits = { maxBytes: 1_000_000, signal: signal(), onProgress: () => undefined };
      return cloud.downloadBlob(plan.storagePath, `${stage.azure.connection.caFile}.cap`, limits);
    },
  ],
];

describe('credentials that are withdrawn while a task goes on', () => {
  it.each(CALLS)('are told of at once by %s, and need no restart when they are back', async (_, call) => {
    await stage.acceptCredentials(false);
    const error = await refusal(call(stage.cloud));
    await stage.acceptCredentials(true);

    expect(error).toMatchObject({ code: 'CREDENTIALS', retryable: true });
    await call(stage.cloud).catch((after: unknown) => {
      expect(after).toMatchObject({ code: 'BLOB_MISSING' });
    });
  });
});

describe('a storage account that never answers', () => {
  it.each(CALLS.slice(1))('does not hold up %s for ever', async (_, call) => {
    const hasty = stage.cloudWith({ timeouts: { requestMs: 200, readMs: 200, idleMs: 200, pollMs: 1 } });
    await stage.plant({ match: { service: 'blob' }, times: 20, action: 'hang' });

    const error = await refusal(call(hasty));

    expect(error.retryable).toBe(true);
    expect(['AZURE_UNAVAILABLE', 'DOWNLOAD_INTERRUPTED']).toContain(error.code);
  });
});

const token = (name: string, expiresOnTimestamp: number): AccessToken => ({
  token: name,
  expiresOnTimestamp,
});

/** Answers what it is told to, one after the other. */
function scripted(...answers: (AccessToken | Error)[]) {
  const credential = {
    getToken: async (): Promise<AccessToken> => {
      const next = answers.shift();
      if (next === undefined || next instanceof Error) {
        throw next ?? new Error('no more answers');
      }
      return next;
    },
  };
  return credential;
}

describe('a credential that lasts', () => {
  it('gives its last token again while that is valid', async () => {
    const credential = lastingCredential(scripted(token('one', 100), new Error('no')), () => 50);

    await credential.getToken('scope');

    expect(await credential.getToken(['scope'])).toMatchObject({ token: 'one' });
  });

  it('prefers a new one', async () => {
    const credential = lastingCredential(scripted(token('one', 100), token('two', 200)), () => 50);

    await credential.getToken('scope');

    expect(await credential.getToken('scope')).toMatchObject({ token: 'two' });
  });

  it('fails where the last one is over, or was for something else', async () => {
    let now = 50;
    const answers = scripted(token('one', 100), new Error('first'), new Error('second'));
    const credential = lastingCredential(answers, () => now);
    await credential.getToken('scope');

    await expect(credential.getToken('other')).rejects.toThrow('first');
    now = 100;
    await expect(credential.getToken('scope')).rejects.toThrow('second');
  });
});
