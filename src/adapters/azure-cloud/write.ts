import type { NetworkManagementClient } from '@azure/arm-network';
import type { CapturePlan } from '../../domain/capture-plan.ts';
import type { CaptureKey } from '../../ports.ts';
import type { Azure } from './azure.ts';
import { cancelled } from './errors.ts';

interface WriteOptions {
  abortSignal: AbortSignal;
  updateIntervalInMs: number;
}

/**
 * One write below a Network Watcher, after those before it. `run` must await the SDK's poller where it makes it: the
 * request goes out at once, and a poller that nobody listens to ends the process when it fails.
 */
export async function write<T>(
  azure: Azure,
  at: Pick<CapturePlan, CaptureKey>,
  doing: string,
  signal: AbortSignal,
  run: (network: NetworkManagementClient, options: WriteOptions) => Promise<T>,
): Promise<T> {
  const key = `${at.subscriptionId}/${at.watcherResourceGroup}/${at.watcherName}`.toLowerCase();
  const work = { doing, ms: azure.timeouts.operationMs, signal };
  try {
    return await azure.writes(key, signal, () =>
      azure.bounded(work, async (abortSignal) => {
        const network = await azure.clients.network(at.subscriptionId);
        return run(network, { abortSignal, updateIntervalInMs: azure.timeouts.pollMs });
      }),
    );
  } catch (error) {
    throw signal.aborted ? cancelled(doing) : error;
  }
}
