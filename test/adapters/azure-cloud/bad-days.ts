import { afterAll, afterEach } from 'vitest';
import type { CapturePlan } from '../../../src/domain/capture-plan.ts';
import { setStage } from './local.ts';
import { signal, targetOf } from './setting.ts';

/** A local Azure for tests that plant faults in it: after each of them it has no fault left and no capture. */
export async function setBadDays() {
  const stage = await setStage();
  let number = 0;
  afterEach(async () => {
    await stage.clearFaults();
    const captures = await stage.cloud.listCaptures(signal());
    await Promise.all(
      captures.map((capture) =>
        stage.cloud.deleteCapture({ ...capture, captureName: capture.name }, signal()),
      ),
    );
  });
  afterAll(() => stage.stop());
  return {
    stage,
    /** For a capture that was never asked for before; requests are counted from here on. */
    freshPlan: async (): Promise<CapturePlan> => {
      number += 1;
      const target = targetOf({ captureName: `capwright-fault-${number}` });
      const { plan } = await stage.cloud.preflight(target, signal());
      await stage.requests();
      return plan;
    },
    /** How many requests with that method came for a capture since this or `freshPlan` was called last. */
    sent: async (method: string): Promise<number> =>
      (await stage.requests()).filter((line) => line.startsWith(`${method} packetCaptures/`)).length,
  };
}
