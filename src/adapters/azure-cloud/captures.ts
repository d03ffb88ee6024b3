import type { CapturePlan, CaptureReading } from '../../domain/capture-plan.ts';
import type { CaptureKey, Look } from '../../ports.ts';
import type { Azure } from './azure.ts';
import { errorFacts, isMissing } from './error-facts.ts';
import { readResource } from './capture-resource.ts';
import { readStatus, stillRunning } from './session-status.ts';
import type { WatcherRounds } from './watcher-round.ts';
import { write } from './write.ts';

/**
 * The session as Azure sees it: the resource for where the file goes, the status for how it fares. A caller that
 * knows it to run may leave the status out, as long as the resource is as it should be.
 */
export async function readCapture(
  azure: Azure,
  rounds: WatcherRounds,
  { plan, look }: { plan: Pick<CapturePlan, CaptureKey>; look: Look },
  signal: AbortSignal,
): Promise<CaptureReading | null> {
  const resource = await rounds.read(plan, signal);
  if (resource === null) {
    return null;
  }
  if (look === 'existence' && resource.seen.provisioningState === 'Succeeded') {
    return { ...resource.seen, ...stillRunning() };
  }
  const status = await readStatus(azure, plan, signal);
  return status === null ? null : { ...resource.seen, ...status };
}

/**
 * Ends the session early. It counts as done where Azure reports an error and the session has ended all the same:
 * stopping a stopped session, an operation that failed late, an answer that got lost.
 */
export async function stopCapture(azure: Azure, plan: CapturePlan, signal: AbortSignal): Promise<void> {
  try {
    await write(
      azure,
      plan,
      {
        doing: 'stopping the capture',
        send: ({ packetCaptures }, options) =>
          packetCaptures.stop(plan.watcherResourceGroup, plan.watcherName, plan.captureName, options),
        isMoot,
        isDone: (reading) => hasEnded(azure, plan, reading),
      },
      signal,
    );
  } catch (error) {
    const ended = signal.aborted ? false : await hasEnded(azure, plan, signal).catch(() => false);
    if (!ended) {
      throw error;
    }
  }
}

/** Deletes the capture and reads back: true once Azure says that it isn't there. Its blob stays. */
export async function deleteCapture(
  azure: Azure,
  key: Pick<CapturePlan, CaptureKey>,
  signal: AbortSignal,
): Promise<boolean> {
  if ((await readResource(azure, key, signal)) === null) {
    return true;
  }
  try {
    await write(
      azure,
      key,
      {
        doing: 'deleting the capture',
        send: ({ packetCaptures }, options) =>
          packetCaptures.delete(key.watcherResourceGroup, key.watcherName, key.captureName, options),
        isMoot,
        isDone: async (reading) => (await readResource(azure, key, reading)) === null,
      },
      signal,
    );
  } catch (error) {
    const gone = signal.aborted ? false : (await readResource(azure, key, signal)) === null;
    if (!gone) {
      throw error;
    }
  }
  return (await readResource(azure, key, signal)) === null;
}

/** The SDK takes a 204 for a failure of a stop, and a capture that isn't there needs neither stop nor delete. */
function isMoot(error: unknown): boolean {
  return isMissing(error) || errorFacts(error).status === 204;
}

async function hasEnded(azure: Azure, plan: CapturePlan, signal: AbortSignal): Promise<boolean> {
  const status = await readStatus(azure, plan, signal);
  return status === null || status.status === 'Stopped' || status.status === 'Error';
}
