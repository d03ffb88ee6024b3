import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../src/ports.ts';
import { accepted, missing, plan, resource } from './scripted-answers.ts';
import { createScriptedArms, TOKEN, type Answer, type Reply } from './scripted-arm.ts';
import { realClock, refusal, signal } from './setting.ts';

const scripted = createScriptedArms();

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

/** An ARM that loses the answer to a deletion, and says `after` of the capture from then on. */
function losesDeletion(after: Answer) {
  const seen = { deletions: 0 };
  const script = (line: string): Reply => {
    if (line.startsWith('DELETE')) {
      seen.deletions += 1;
      return 'cut';
    }
    return seen.deletions === 0 ? resource('Succeeded') : after;
  };
  return { seen, script };
}

describe('a deletion whose answer is lost', () => {
  it('counts where the capture is gone', async () => {
    const { seen, script } = losesDeletion(missing);
    const arm = await scripted(script);

    expect(await arm.cloud.deleteCapture(plan, signal())).toBe(true);
    expect(seen.deletions).toBe(1);
  });

  it('may be asked for again where the capture is still there, and is not sent twice by itself', async () => {
    const { seen, script } = losesDeletion(resource('Deleting'));
    const arm = await scripted(script);

    expect(await refusal(arm.cloud.deleteCapture(plan, signal()))).toMatchObject({
      code: 'AZURE_UNAVAILABLE',
      retryable: true,
    });
    expect(seen.deletions).toBe(1);
  });
});
