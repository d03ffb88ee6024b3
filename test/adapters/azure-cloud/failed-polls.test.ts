import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { AzureCloudOptions } from '../../../src/adapters/azure-cloud/options.ts';
import type { Clock } from '../../../src/ports.ts';
import { accepted, missing, plan, resource } from './scripted-answers.ts';
import {
  scriptedCertificate,
  startScriptedArm,
  TOKEN,
  type Answer,
  type ScriptedArm,
} from './scripted-arm.ts';
import { realClock, refusal, signal } from './setting.ts';

const certificate = scriptedCertificate();
let servers: ScriptedArm[] = [];

afterAll(() => {
  certificate.remove();
});

afterEach(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  servers = [];
});

async function scripted(
  answer: (line: string, origin: string) => Answer,
  changes: Partial<AzureCloudOptions> = {},
): Promise<ScriptedArm> {
  const server = await startScriptedArm(certificate.files, answer, changes);
  servers.push(server);
  return server;
}

describe('writes whose polls are not answered as they should', () => {
  it('wait before the first poll for as long as the first answer asks', async () => {
    const sleeps: number[] = [];
    const clock: Clock = {
      now: () => realClock.now(),
      sleep: (ms, until) => {
        sleeps.push(ms);
        return realClock.sleep(ms === 7000 ? 0 : ms, until);
      },
    };
    let puts = 0;
    const arm = await scripted(
      (line, origin) => {
        puts += line.startsWith('PUT') ? 1 : 0;
        if (line.startsWith('PUT')) {
          const answer = accepted(origin);
          return { ...answer, headers: { ...answer.headers, 'retry-after': '7' } };
        }
        return line.includes('/operations/')
          ? { status: 200, body: { status: 'Succeeded' } }
          : puts > 0
            ? resource('Succeeded')
            : missing;
      },
      { clock },
    );

    await arm.cloud.ensureCapture(plan, signal());

    expect(sleeps).toContain(7000);
  });

  it('survive a poll that fails, by reading the capture, and send the write once', async () => {
    let [puts, reads] = [0, 0];
    const arm = await scripted((line, origin) => {
      if (line.startsWith('PUT')) {
        puts += 1;
        return accepted(origin);
      }
      if (line.includes('/operations/')) {
        return { status: 400, body: { error: { code: 'Whatever', message: 'x' } } };
      }
      reads += puts;
      return puts === 0 || reads < 2 ? missing : resource(reads < 4 ? 'Updating' : 'Succeeded');
    });

    await arm.cloud.ensureCapture(plan, signal());

    expect(puts).toBe(1);
    expect(reads).toBe(4);
  });

  it('do not read for ever after a poll failed', async () => {
    const arm = await scripted((line, origin) =>
      line.startsWith('PUT')
        ? accepted(origin)
        : line.includes('/operations/')
          ? { status: 404, body: { error: { code: 'NotFound', message: 'x' } } }
          : missing,
    );

    expect(await refusal(arm.cloud.ensureCapture(plan, signal()))).toMatchObject({
      code: 'AZURE_UNAVAILABLE',
      retryable: true,
    });
  });

  it('ask for tokens of the cloud that is configured', async () => {
    const scopes: unknown[] = [];
    const credential = {
      getToken: async (asked: string | string[]) => {
        scopes.push(asked);
        return { token: TOKEN, expiresOnTimestamp: Date.now() + 3_600_000 };
      },
    };
    const empty: Answer = { status: 200, body: { value: [] } };

    for (const cloud of ['AzureCloud', 'AzureChinaCloud', 'AzureUSGovernment'] as const) {
      const arm = await scripted(() => empty, { cloud, credential });
      await arm.cloud.listCaptures(signal());
    }

    expect(scopes).toEqual([
      ['https://management.azure.com/.default'],
      ['https://management.chinacloudapi.cn/.default'],
      ['https://management.usgovcloudapi.net/.default'],
    ]);
  });
});
