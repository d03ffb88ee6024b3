import type { CaptureFile } from '../../domain/capture-plan.ts';
import type { DownloadOptions } from '../../ports.ts';
import type { Azure } from './azure.ts';
import { sdkBlobSource, type BlobSource } from './blob-source.ts';
import { notAllowed, parseBlobUrl, type BlobAddress, type BlobHosts } from './blob-url.ts';
import { download } from './download.ts';

/** Which blobs may be read, and where they lie. */
export interface BlobRules {
  hosts: BlobHosts;
  isAllowed(account: string): boolean;
}

const LOOKING = 'looking for the capture file';

/** Size of a blob in bytes, or null where it doesn't exist. Throws PATH_NOT_ALLOWED for a foreign URL. */
export async function blobSize(
  azure: Azure,
  rules: BlobRules,
  blobUrl: string,
  signal: AbortSignal,
): Promise<number | null> {
  const { url } = allowedBlob(rules, blobUrl);
  const work = { doing: LOOKING, ms: azure.timeouts.requestMs, signal, plane: 'blob' as const };
  return azure.bounded(work, async (abortSignal) => {
    const source = await openBlob(azure, url);
    const properties = await source.properties(abortSignal);
    return properties?.size ?? null;
  });
}

/** Downloads a blob whole, verified and hashed; see `download`. Throws PATH_NOT_ALLOWED for a foreign URL. */
export async function downloadBlob(
  azure: Azure,
  rules: BlobRules,
  blobUrl: string,
  path: string,
  options: DownloadOptions,
): Promise<CaptureFile> {
  const source = await openBlob(azure, allowedBlob(rules, blobUrl).url);
  const { clock, timeouts } = azure;
  const saved = await download(source, path, {
    ...options,
    clock,
    idleMs: timeouts.idleMs,
    pauseMs: timeouts.pollMs / 2,
  });
  return { path, ...saved, blobUrl, instanceId: null };
}

/** The URL taken apart, or PATH_NOT_ALLOWED where it is none of ours or its account is not allowed. */
export function allowedBlob(rules: BlobRules, blobUrl: string): BlobAddress {
  const address = parseBlobUrl(blobUrl, rules.hosts);
  if (!rules.isAllowed(address.account)) {
    throw notAllowed('The blob lies in a storage account that the server may not read.');
  }
  return address;
}

async function openBlob(azure: Azure, url: string): Promise<BlobSource> {
  return sdkBlobSource(await azure.clients.blob(url));
}
