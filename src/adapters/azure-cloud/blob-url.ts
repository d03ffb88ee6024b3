import { CapwrightError } from '../../domain/errors.ts';

/** A blob's URL taken apart. */
export interface BlobAddress {
  account: string;
  /** Where its bytes are fetched from. */
  url: string;
  /** The container as it is fetched from, and as the given URL calls it. */
  containerUrl: string;
  calledContainerUrl: string;
  /** Decoded. */
  container: string;
  path: string;
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

function onAzure(url: URL, hosts: BlobHosts): BlobAddress | null {
  const account = hosts.azure.exec(url.hostname)?.[1];
  if (account === undefined || url.port !== '') {
    return null;
  }
  const base = hosts.endpoint === null ? url.origin : endpointOf(hosts.endpoint, account);
  return addressOf(account, { base, called: url.origin }, url.pathname);
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
  return addressOf(account, { base, called: base }, path);
}

function addressOf(
  account: string,
  { base, called }: { base: string; called: string },
  pathname: string,
): BlobAddress | null {
  const [, first = '', rest = ''] = /^\/([^/]+)\/(.+)$/.exec(pathname) ?? [];
  const [container, path] = [decoded(first), decoded(rest)];
  return container === null || path === null || container === '' || path === ''
    ? null
    : {
        account,
        url: `${base}${pathname}`,
        containerUrl: `${base}/${first}`,
        calledContainerUrl: `${called}/${first}`,
        container,
        path,
      };
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

function endpointOf(template: string, account: string): string {
  return template.replace('{account}', account).replace(/\/+$/, '');
}
