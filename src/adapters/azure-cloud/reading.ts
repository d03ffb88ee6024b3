import type { PreflightCheck } from '../../domain/capture-request.ts';
import { CapwrightError } from '../../domain/errors.ts';
import type { Azure } from './azure.ts';
import { parseBlobUrl, type BlobHosts } from './blob-url.ts';
import { errorFacts } from './error-facts.ts';
import type { ReadyStorage } from './storage.ts';

/** A look that takes longer is not waited for: the capture doesn't need it. */
const LONGEST_MS = 10_000;

/**
 * Looks into the container as the download will: whether role and firewall let this server read. A refusal may be
 * mended before the session ends, so that it is told of and does not stand in the way.
 */
export async function checkReading(
  azure: Azure,
  hosts: BlobHosts,
  { storage, container }: { storage: ReadyStorage; container: string },
  signal: AbortSignal,
): Promise<PreflightCheck> {
  const work = {
    doing: 'looking into the container',
    ms: Math.min(azure.timeouts.requestMs, LONGEST_MS),
    signal,
    plane: 'blob' as const,
  };
  try {
    const { containerUrl } = parseBlobUrl(`${storage.blobEndpoint}${container}/any`, hosts);
    await azure.bounded(work, async (abortSignal) => {
      const client = await azure.clients.container(containerUrl);
      const pages = client.listBlobsFlat({ prefix: 'capwright-', abortSignal }).byPage({ maxPageSize: 1 });
      await pages.next().catch((error: unknown) => {
        if (errorFacts(error).status !== 404) {
          throw error;
        }
      });
    });
    return { name: 'reading', detail: `this server may read from ${storage.name}` };
  } catch (error) {
    return warning(error, storage.name);
  }
}

function warning(error: unknown, account: string): PreflightCheck {
  if (!(error instanceof CapwrightError) || error.code === 'CANCELLED' || error.code === 'CREDENTIALS') {
    throw error;
  }
  const refused = error.code === 'FORBIDDEN';
  const what = refused ? `${account} refuses this server` : `${account} does not answer this server`;
  return {
    name: 'reading',
    detail: `warning: ${what}, so that the file could not be fetched; before the session ends: ${error.next}`,
  };
}
