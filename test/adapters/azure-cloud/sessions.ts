import type { CaptureBlob, CapturePlan } from '../../../src/domain/capture-plan.ts';
import type { Stage } from './local.ts';
import { realClock, signal } from './setting.ts';

/** Runs a session for a moment; gives the path that Azure shows for its file. */
export async function runAndStop({ cloud }: Stage, plan: CapturePlan): Promise<string> {
  await cloud.ensureCapture(plan, signal());
  await cloud.stopCapture(plan, signal());
  const reading = await cloud.readCapture(plan, signal());
  return reading?.storagePath ?? '';
}

/** Waits until at least so many files of a session lie in the account. */
export async function filesOf(
  { cloud }: Stage,
  plan: CapturePlan,
  storagePath: string,
  count: number,
): Promise<CaptureBlob[]> {
  for (let tries = 0; tries < 100; tries += 1) {
    const files = await cloud.captureBlobs(plan, storagePath, signal());
    if (files.length >= count) {
      return files;
    }
    await realClock.sleep(100);
  }
  throw new Error('the files never came');
}
