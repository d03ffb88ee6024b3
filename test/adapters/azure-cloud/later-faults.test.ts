import { describe, expect, it } from 'vitest';
import { setBadDays } from './bad-days.ts';
import { keepingLog, realClock, refusal, signal } from './setting.ts';

const { stage, freshPlan, sent } = await setBadDays();

describe('reading, stopping and deleting on a bad day', () => {
  it('reads again where a read was answered badly', async () => {
    const plan = await freshPlan();
    await stage.cloud.ensureCapture(plan, signal());
    await stage.plant({
      match: { method: 'GET', pathIncludes: plan.captureName },
      action: { status: 503, retryAfterSeconds: 0 },
    });

    expect(await stage.cloud.readCapture(plan, signal())).toMatchObject({ status: 'Running' });
  });

  it('counts a stop as done where the session has ended all the same', async () => {
    const plan = await freshPlan();
    await stage.cloud.ensureCapture(plan, signal());
    await stage.cloud.stopCapture(plan, signal());
    await stage.plant({ match: { method: 'POST', pathIncludes: '/stop' }, action: { status: 500 } });

    await stage.cloud.stopCapture(plan, signal());

    expect(await stage.cloud.readCapture(plan, signal())).toMatchObject({ status: 'Stopped' });
  });

  it.each(['reset-before', 'reset-after'])(
    'does not send a stop twice by itself after a %s',
    async (action) => {
      const plan = await freshPlan();
      await stage.cloud.ensureCapture(plan, signal());
      await stage.plant({ match: { method: 'POST', pathIncludes: '/stop' }, action });

      await stage.cloud.stopCapture(plan, signal()).catch(() => undefined);
      const stops = (await stage.requests()).filter(
        (line) => line.startsWith('POST') && line.endsWith('/stop'),
      );
      await stage.cloud.stopCapture(plan, signal());

      expect(stops).toHaveLength(1);
      expect(await stage.cloud.readCapture(plan, signal())).toMatchObject({ status: 'Stopped' });
    },
  );

  it('takes a stop that Azure cancelled for one that may be tried again', async () => {
    const plan = await freshPlan();
    await stage.cloud.ensureCapture(plan, signal());
    await stage.plant({ match: { method: 'POST', pathIncludes: '/stop' }, action: 'lro-canceled' });

    const error = await refusal(stage.cloud.stopCapture(plan, signal()));
    await stage.cloud.stopCapture(plan, signal());

    expect(error).toMatchObject({ code: 'AZURE_UNAVAILABLE', retryable: true });
    expect(await stage.cloud.readCapture(plan, signal())).toMatchObject({ status: 'Stopped' });
  });

  it('says that a stop failed where the session goes on', async () => {
    const plan = await freshPlan();
    await stage.cloud.ensureCapture(plan, signal());
    await stage.plant({ match: { method: 'POST', pathIncludes: '/stop' }, action: { status: 500 } });

    expect(await refusal(stage.cloud.stopCapture(plan, signal()))).toMatchObject({
      code: 'AZURE_UNAVAILABLE',
      retryable: true,
    });
  });

  it('needs no stop for a capture that is not there', async () => {
    const plan = await freshPlan();

    await expect(stage.cloud.stopCapture(plan, signal())).resolves.toBeUndefined();
  });

  it('deletes a capture whose session runs', async () => {
    const plan = await freshPlan();
    await stage.cloud.ensureCapture(plan, signal());

    expect(await stage.cloud.deleteCapture(plan, signal())).toBe(true);
    expect(await stage.cloud.listCaptures(signal())).toEqual([]);
  });

  it('knows that a capture is gone although the answer to its deletion was lost', async () => {
    const plan = await freshPlan();
    await stage.cloud.ensureCapture(plan, signal());
    await stage.plant({ match: { method: 'DELETE' }, action: 'reset-after' });

    await stage.cloud.deleteCapture(plan, signal()).catch(() => undefined);
    while ((await stage.cloud.readCapture(plan, signal())) !== null) {
      await realClock.sleep(50);
    }

    expect(await stage.cloud.deleteCapture(plan, signal())).toBe(true);
    expect(await sent('DELETE')).toBe(1);
  });

  it('never takes a refused read for a capture that is gone', async () => {
    const plan = await freshPlan();
    await stage.cloud.ensureCapture(plan, signal());
    await stage.plant({
      match: { method: 'GET', pathIncludes: plan.captureName },
      times: 10,
      action: { status: 403 },
    });

    expect(await refusal(stage.cloud.deleteCapture(plan, signal()))).toMatchObject({ code: 'FORBIDDEN' });
  });

  it('logs the ids by which Azure finds a request again, and no token', async () => {
    const plan = await freshPlan();
    const { log, lines } = keepingLog();
    await stage.plant({ match: { method: 'GET', pathIncludes: plan.captureName }, action: { status: 403 } });

    await refusal(stage.cloudWith({ log }).readCapture(plan, signal()));

    expect(lines.join('\n')).toMatch(/"code":"AuthorizationFailed","correlationId":"[0-9a-f-]{36}"/);
    expect(lines.join('\n')).not.toMatch(/Bearer|eyJ/);
  });
});
