import type { Azure } from './azure.ts';
import { allowedBlob, blobSize, type BlobRules } from './blobs.ts';
import { notAllowed } from './blob-url.ts';
import { errorFacts } from './error-facts.ts';

/**
 * Deletes a file of a session and reads back that it is gone: false while it is still there. Throws PATH_NOT_ALLOWED
 * for whatever no capture of ours can have left: it deletes nothing else, whoever asks.
 */
export async function deleteBlob(
  azure: Azure,
  rules: BlobRules,
  { blobUrl, ownPrefix }: { blobUrl: string; ownPrefix: string | null },
  signal: AbortSignal,
): Promise<boolean> {
  const { url, container, path } = allowedBlob(rules, blobUrl);
  if (!isOurs(path, ownPrefix) && !isAzuresChoice(container, path)) {
    throw notAllowed('The blob is no file of a capture of this server, and is not deleted.');
  }
  const work = {
    doing: 'deleting the capture file',
    ms: azure.timeouts.requestMs,
    signal,
    plane: 'blob' as const,
  };
  await azure.bounded(work, async (abortSignal) => {
    const blob = await azure.clients.blob(url);
    await blob.delete({ abortSignal, deleteSnapshots: 'include' }).catch((error: unknown) => {
      if (errorFacts(error).status !== 404) {
        throw error;
      }
    });
  });
  return (await blobSize(azure, rules, blobUrl, signal)) === null;
}

/** `capwright-….cap`, or anything in a folder of that name. */
function isOurs(path: string, prefix: string | null): boolean {
  const [first = ''] = path.split('/');
  return prefix !== null && first.startsWith(prefix);
}

/** Where the service puts a file when no path was asked for. */
function isAzuresChoice(container: string, path: string): boolean {
  return (
    container === 'network-watcher-logs' &&
    /^subscriptions\/.+\/\d{4}\/\d\d\/\d\d\/packetcapture_[\w.-]+$/i.test(path)
  );
}
