import { CapwrightError } from '../../domain/errors.ts';

/** A blob's URL taken apart; `url` is where its bytes are fetched from. */
export interface BlobAddress {
  account: string;
  url: string;
}

/** Where blobs of an account are expected: Azure's hosts, and the stand-in endpoint where one is configured. */
export interface BlobHosts {
  /** Pattern of Azure's own hosts; its first group is the account. */
  azure: RegExp;
  /** Template with `{account}`, or null. */
  endpoint: string | null;
}

/**
 * Takes an https blob URL apart, or throws PATH_NOT_ALLOWED. A URL with a query is refused, since a SAS in it is a
 * secret that would reach the audit; the message never repeats the URL.
 */
export function parseBlobUrl(blobUrl: string, hosts: BlobHosts): BlobAddress {
  const url = URL.canParse(blobUrl) ? new URL(blobUrl) : null;
  if (url === null || url.protocol !== 'https:' || url.username !== '' || url.password !== '') {
    throw notAllowed('This is not an https URL of a blob.');
  }
  if (url.search !== '' || url.hash !== '') {
    throw notAllowed('The blob URL carries a query (a SAS, perhaps), which is not accepted.');
  }
  const found = onStandIn(url, hosts) ?? onAzure(url, hosts);
  if (found === null) {
    throw notAllowed('The blob URL does not point to a blob in an Azure storage account.');
  }
  return found;
}

/** The error for a blob that may not be read. */
export function notAllowed(message: string): CapwrightError {
  return new CapwrightError(
    'PATH_NOT_ALLOWED',
    message,
    'Give https://ACCOUNT.blob.core.windows.net/CONTAINER/BLOB without a query, in a storage account that the server is configured to read.',
  );
}

const BLOB_PATH = /^\/[^/]+\/.+$/;

function onAzure(url: URL, hosts: BlobHosts): BlobAddress | null {
  const account = hosts.azure.exec(url.hostname)?.[1];
  if (account === undefined || url.port !== '' || !BLOB_PATH.test(url.pathname)) {
    return null;
  }
  const base = hosts.endpoint === null ? url.origin : endpointOf(hosts.endpoint, account);
  return { account, url: `${base}${url.pathname}` };
}

/** A stand-in may also name its blobs by where they really lie. */
function onStandIn(url: URL, { endpoint }: BlobHosts): BlobAddress | null {
  if (endpoint === null) {
    return null;
  }
  const [before = '', after = ''] = endpoint.replace(/\/+$/, '').split('{account}');
  const account = url.href.startsWith(before)
    ? /^[a-z0-9]{3,24}/.exec(url.href.slice(before.length))?.[0]
    : undefined;
  if (account === undefined) {
    return null;
  }
  const base = `${before}${account}${after}`;
  const path = url.href.startsWith(`${base}/`) ? url.href.slice(base.length) : '';
  return BLOB_PATH.test(path) ? { account, url: url.href } : null;
}

function endpointOf(template: string, account: string): string {
  return template.replace('{account}', account).replace(/\/+$/, '');
}
