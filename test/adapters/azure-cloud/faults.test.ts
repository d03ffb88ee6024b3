import { describe, expect, it } from 'vitest';
import { setBadDays } from './bad-days.ts';
import { realClock, refusal, signal } from './setting.ts';

const { stage, freshPlan, sent } = await setBadDays();
const onPut = { match: { method: 'PUT', pathIncludes: '/packetCaptures/' } };

describe('creating a capture on a bad day', () => {
  it('does not create twice where the answer to the first request was lost', async () => {
    const plan = await freshPlan();
    await stage.plant({ ...onPut, action: 'reset-after' });

    const error = await refusal(stage.cloud.ensureCapture(plan, signal()));
    await stage.cloud.ensureCapture(plan, signal());

    expect(error).toMatchObject({ code: 'AZURE_UNAVAILABLE', retryable: true });
    expect(await sent('PUT')).toBe(1);
    expect(await stage.cloud.readCapture(plan, signal())).toMatchObject({ provisioningState: 'Succeeded' });
  });

  it('creates at the next try where the request never arrived', async () => {
    const plan = await freshPlan();
    await stage.plant({ ...onPut, action: 'reset-before' });

    const error = await refusal(stage.cloud.ensureCapture(plan, signal()));
    await stage.cloud.ensureCapture(plan, signal());

    expect(error.code).toBe('AZURE_UNAVAILABLE');
    expect(await stage.cloud.readCapture(plan, signal())).toMatchObject({ status: 'Running' });
  });

  it.each([500, 503])('does not send a write again by itself after a %d', async (status) => {
    const plan = await freshPlan();
    await stage.plant({ ...onPut, action: { status } });

    const error = await refusal(stage.cloud.ensureCapture(plan, signal()));

    expect(error).toMatchObject({ code: 'AZURE_UNAVAILABLE', retryable: true });
    expect(await sent('PUT')).toBe(1);
  });

  it('makes a capture anew that Azure failed to provision', async () => {
    const plan = await freshPlan();
    await stage.plant({ ...onPut, action: 'lro-failed' });

    const error = await refusal(stage.cloud.ensureCapture(plan, signal()));
    await stage.cloud.ensureCapture(plan, signal());

    expect(error).toMatchObject({ code: 'AZURE_UNAVAILABLE', retryable: true });
    expect(await stage.cloud.readCapture(plan, signal())).toMatchObject({
      provisioningState: 'Succeeded',
      status: 'Running',
    });
  });

  it('waits as long as a throttled write is told to', async () => {
    const plan = await freshPlan();
    await stage.plant({ ...onPut, action: { status: 429, retryAfterSeconds: 0 } });

    await stage.cloud.ensureCapture(plan, signal());

    expect(await sent('PUT')).toBe(2);
  });

  it('tries a throttled write again also where Azure does not say when', async () => {
    const plan = await freshPlan();
    await stage.plant({ ...onPut, action: { status: 429 } });

    await stage.cloud.ensureCapture(plan, signal());

    expect(await sent('PUT')).toBe(2);
  });

  it('leaves a long wait to the orchestrator', async () => {
    const plan = await freshPlan();
    await stage.plant({ ...onPut, action: { status: 429, retryAfterSeconds: 3600 } });

    const error = await refusal(stage.cloudWith({}).ensureCapture(plan, signal()));

    expect(error).toMatchObject({ code: 'AZURE_BUSY', retryable: true });
    expect(await sent('PUT')).toBe(1);
  });

  it('takes a conflict with another write as a reason to come back', async () => {
    const plan = await freshPlan();
    await stage.plant({ ...onPut, action: { status: 409 } });

    expect(await refusal(stage.cloud.ensureCapture(plan, signal()))).toMatchObject({
      code: 'AZURE_BUSY',
      retryable: true,
    });
  });

  it.each([403, 404, 500, 429])(
    'survives a poll that is answered with %d by reading the capture',
    async (status) => {
      const plan = await freshPlan();
      await stage.plant({
        match: { method: 'GET', pathIncludes: '/operations/' },
        times: 4,
        action: { status },
      });

      await stage.cloud.ensureCapture(plan, signal());

      expect(await sent('PUT')).toBe(1);
      expect(await stage.cloud.readCapture(plan, signal())).toMatchObject({ provisioningState: 'Succeeded' });
    },
  );

  it('survives an operation that Azure forgets, at each write', async () => {
    const plan = await freshPlan();
    const forgotten = { match: { method: 'GET', pathIncludes: '/operations/' }, action: 'operation-expired' };

    await stage.plant(forgotten);
    await stage.cloud.ensureCapture(plan, signal());
    await stage.plant(forgotten);
    await stage.cloud.stopCapture(plan, signal());
    const stopped = await stage.cloud.readCapture(plan, signal());
    await stage.plant(forgotten);

    expect(stopped).toMatchObject({ status: 'Stopped' });
    expect(await stage.cloud.deleteCapture(plan, signal())).toBe(true);
  });

  it('does not hang where Azure never answers', async () => {
    const plan = await freshPlan();
    const hasty = stage.cloudWith({ timeouts: { requestMs: 200, pollMs: 50 } });
    await stage.plant({ ...onPut, action: 'hang' });

    expect(await refusal(hasty.ensureCapture(plan, signal()))).toMatchObject({
      code: 'AZURE_UNAVAILABLE',
      retryable: true,
    });
  });

  it('does not hang where a poll is never answered', async () => {
    const plan = await freshPlan();
    const hasty = stage.cloudWith({ timeouts: { requestMs: 500, pollMs: 50 } });
    await stage.plant({ match: { method: 'GET', pathIncludes: '/operations/' }, action: 'hang' });

    await hasty.ensureCapture(plan, signal());

    expect(await sent('PUT')).toBe(1);
  });

  it('gives up at once when the caller does', async () => {
    const plan = await freshPlan();
    const caller = new AbortController();
    await stage.plant({ ...onPut, action: 'hang' });

    const work = refusal(stage.cloud.ensureCapture(plan, caller.signal));
    await realClock.sleep(300);
    caller.abort();

    expect(await work).toMatchObject({ code: 'CANCELLED' });
  });

  it('writes one after the other below one watcher', async () => {
    const [one, two] = [await freshPlan(), await freshPlan()];

    await Promise.all([stage.cloud.ensureCapture(one, signal()), stage.cloud.ensureCapture(two, signal())]);

    const lines = (await stage.requests()).filter((line) =>
      /^(?:PUT|GET) (?:packetCaptures|operations)\//.test(line),
    );
    const puts = lines.flatMap((line, index) => (line.startsWith('PUT') ? [index] : []));
    expect(puts).toHaveLength(2);
    expect(lines.slice(puts[0], puts[1]).some((line) => line.startsWith('GET operations/'))).toBe(true);
  });
});
