import type { NetworkManagementClient } from '@azure/arm-network';
import type { CapturePlan } from '../../domain/capture-plan.ts';
import { CapwrightError } from '../../domain/errors.ts';
import type { CaptureKey } from '../../ports.ts';
import type { Azure } from './azure.ts';
import { errorFacts } from './error-facts.ts';
import { cancelled } from './errors.ts';

interface WriteOptions {
  abortSignal: AbortSignal;
  updateIntervalInMs: number;
  onResponse: (response: { headers: { get(name: string): string | undefined } }) => void;
}

/** The SDK's poller, as far as it is needed. */
interface Started<T> extends PromiseLike<T> {
  submitted(): Promise<void>;
}

export interface Write<T> {
  /** Reads like "creating the capture". */
  doing: string;
  /** Sends the request, at once: a poller made earlier and not listened to ends the process when it fails. */
  send(network: NetworkManagementClient, options: WriteOptions): Started<T>;
  /** Whether a refusal of the request means that there is nothing to do. */
  isMoot(error: unknown): boolean;
  /** Reads whether Azure is done with the write, for better or worse. */
  isDone(signal: AbortSignal): Promise<boolean>;
}

/**
 * One write below a Network Watcher, after those before it and until Azure is done with it. A single poll that fails
 * spoils the SDK's poller for good while the operation goes on, so that from then on the resource is read instead.
 * Gives what the operation gave, or null where that is not known.
 */
export async function write<T>(
  azure: Azure,
  at: Pick<CapturePlan, CaptureKey>,
  work: Write<T>,
  signal: AbortSignal,
): Promise<T | null> {
  const key = `${at.subscriptionId}/${at.watcherResourceGroup}/${at.watcherName}`.toLowerCase();
  const limits = { doing: work.doing, ms: azure.timeouts.operationMs, signal, isWrite: true as const };
  try {
    return await azure.writes(key, signal, () =>
      azure.bounded(limits, async (abortSignal) => {
        const network = await azure.clients.network(at.subscriptionId);
        return carryOut(azure, network, work, abortSignal);
      }),
    );
  } catch (error) {
    throw signal.aborted ? cancelled(work.doing) : error;
  }
}

async function carryOut<T>(
  azure: Azure,
  network: NetworkManagementClient,
  work: Write<T>,
  abortSignal: AbortSignal,
): Promise<T | null> {
  const { pollMs } = azure.timeouts;
  let wait: string | undefined;
  let answers = 0;
  const poller = work.send(network, {
    abortSignal,
    updateIntervalInMs: pollMs,
    onResponse: ({ headers }) => {
      wait = answers === 0 ? headers.get('retry-after') : wait;
      answers += 1;
    },
  });
  try {
    await poller.submitted();
  } catch (error) {
    if (work.isMoot(error)) {
      return null;
    }
    throw error;
  }
  // The SDK polls at once, whatever the first answer asks for; our policies have made that seconds within bounds.
  await azure.clock.sleep(Number(wait ?? 0) * 1000, abortSignal);
  try {
    return await poller;
  } catch (error) {
    if (abortSignal.aborted || errorFacts(error).operation !== null) {
      throw error;
    }
    azure.log('warn', 'polling an operation failed; its outcome is read instead', { doing: work.doing });
  }
  while (!(await isDone(work, abortSignal))) {
    await azure.clock.sleep(pollMs, abortSignal);
    abortSignal.throwIfAborted();
  }
  return null;
}

/** A read that fails in passing says nothing of the write; the deadline of the write ends the asking. */
async function isDone<T>(work: Write<T>, abortSignal: AbortSignal): Promise<boolean> {
  try {
    return await work.isDone(abortSignal);
  } catch (error) {
    if (error instanceof CapwrightError && ['AZURE_UNAVAILABLE', 'AZURE_BUSY'].includes(error.code)) {
      return false;
    }
    throw error;
  }
}
