import type { CapturePlan } from '../../domain/capture-plan.ts';
import { CapwrightError } from '../../domain/errors.ts';
import type { Azure } from './azure.ts';
import {
  matchesPlan,
  readResource,
  requestBody,
  toResource,
  type CaptureResource,
} from './capture-resource.ts';
import { deleteCapture } from './captures.ts';
import { write } from './write.ts';

/**
 * Makes sure that the capture of the plan exists and is provisioned. It reads first, so that a repeat after a lost
 * answer creates nothing twice; a capture of our own name that Azure gave up on is removed and made anew.
 */
export async function ensureCapture(azure: Azure, plan: CapturePlan, signal: AbortSignal): Promise<void> {
  const existing = await readResource(azure, plan, signal);
  if (existing === null) {
    await create(azure, plan, signal);
    return;
  }
  if (!matchesPlan(existing, plan)) {
    throw new CapwrightError(
      'AZURE_REFUSED',
      `A capture named ${plan.captureName} exists already, with another target, scope or storage path.`,
      'Leave that capture alone and call start_capture again: a new task gets a new name.',
    );
  }
  if (gaveUp(existing)) {
    await replace(azure, plan, signal);
    return;
  }
  await settled(azure, plan, existing, signal);
}

async function create(azure: Azure, plan: CapturePlan, signal: AbortSignal): Promise<void> {
  let seen: CaptureResource | null = null;
  const made = await write(
    azure,
    plan,
    {
      doing: 'creating the capture',
      send: ({ packetCaptures }, options) =>
        packetCaptures.create(
          plan.watcherResourceGroup,
          plan.watcherName,
          plan.captureName,
          requestBody(plan),
          options,
        ),
      isMoot: () => false,
      isDone: async (reading) => {
        seen = await readResource(azure, plan, reading);
        return seen !== null && (gaveUp(seen) || seen.seen.provisioningState === 'Succeeded');
      },
    },
    signal,
  );
  const end = made === null ? seen : toResource(made);
  if (end !== null && gaveUp(end)) {
    throw notProvisioned();
  }
}

async function replace(azure: Azure, plan: CapturePlan, signal: AbortSignal): Promise<void> {
  if (!(await deleteCapture(azure, plan, signal))) {
    throw notProvisioned();
  }
  await create(azure, plan, signal);
}

/** Waits until a capture that an earlier call began has been provisioned. */
async function settled(
  azure: Azure,
  plan: CapturePlan,
  existing: CaptureResource,
  signal: AbortSignal,
): Promise<void> {
  const deadline = azure.clock.now() + azure.timeouts.operationMs;
  let seen: CaptureResource | null = existing;
  while (seen !== null && seen.seen.provisioningState !== 'Succeeded') {
    if (gaveUp(seen) || azure.clock.now() >= deadline) {
      throw notProvisioned();
    }
    await azure.clock.sleep(azure.timeouts.pollMs, signal);
    seen = await readResource(azure, plan, signal);
  }
  if (seen === null) {
    throw notProvisioned();
  }
}

/** The SDK reports success also where the resource that it reads at the end says otherwise. */
function gaveUp({ seen }: CaptureResource): boolean {
  return seen.provisioningState === 'Failed' || seen.provisioningState === 'Canceled';
}

function notProvisioned(): CapwrightError {
  return new CapwrightError(
    'AZURE_UNAVAILABLE',
    'Azure took the capture and did not finish setting it up.',
    'Try again in a minute; what Azure did meanwhile is read back first.',
  );
}
