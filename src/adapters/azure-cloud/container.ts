import type { PreflightCheck } from '../../domain/capture-request.ts';
import { CapwrightError } from '../../domain/errors.ts';
import { parseArmId } from './arm-id.ts';
import type { Azure } from './azure.ts';
import { errorFacts } from './error-facts.ts';
import type { ReadyStorage } from './storage.ts';

/** Network Watcher makes its own container with the first file. */
export const OWN_CONTAINER = 'network-watcher-logs';

/**
 * Sees through ARM that the container exists: Azure takes the capture without it and writes nothing. Where the
 * identity may not look, that is told, since the capture itself doesn't need it. null means that Azure chooses.
 */
export async function checkContainer(
  azure: Azure,
  storage: ReadyStorage,
  container: string | null,
  signal: AbortSignal,
): Promise<PreflightCheck> {
  if (container === null || container === OWN_CONTAINER) {
    const detail =
      container === null ? 'container and path are chosen by Azure' : 'made by Network Watcher itself';
    return { name: 'container', detail };
  }
  if (!/^[a-z0-9](?:-?[a-z0-9]){2,62}$/.test(container)) {
    throw new CapwrightError(
      'INVALID_ARGUMENT',
      'storage_container is no container name: 3 to 63 lower-case letters, digits and single hyphens.',
      'Correct storage_container and call start_capture again.',
    );
  }
  const id = parseArmId(storage.id);
  if (id === null) {
    return unknown(container);
  }
  const work = { doing: 'reading the container', ms: azure.timeouts.readMs, signal };
  const answer = await azure.bounded(work, async (abortSignal) => {
    const client = await azure.clients.storage(id.subscriptionId);
    return client.blobContainers.get(id.resourceGroup, id.name, container, { abortSignal }).then(
      () => 'there' as const,
      (error: unknown) => {
        const { status, code } = errorFacts(error);
        if (status === 404 && code === 'ContainerNotFound') {
          return 'missing' as const;
        }
        if (status === 403) {
          return 'unknown' as const;
        }
        throw error;
      },
    );
  });
  if (answer === 'missing') {
    throw new CapwrightError(
      'STORAGE_NOT_FOUND',
      `Storage account ${storage.name} has no container ${container}, and Network Watcher does not make it.`,
      `Run \`az storage container create --subscription ${id.subscriptionId} --account-name ${storage.name} --name ${container} --auth-mode login\`, or leave storage_container out, then call start_capture again.`,
    );
  }
  return answer === 'there' ? { name: 'container', detail: `${container} exists` } : unknown(container);
}

function unknown(container: string): PreflightCheck {
  return {
    name: 'container',
    detail: `warning: whether ${container} exists could not be seen (Microsoft.Storage/storageAccounts/blobServices/containers/read is missing); without it no file comes`,
  };
}
