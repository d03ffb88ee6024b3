import type { TokenCredential } from '@azure/identity';
import { CapwrightError } from '../../domain/errors.ts';
import { cloudFacts } from './clouds.ts';
import type { AzureCloudOptions } from './options.ts';

type Source = Pick<
  AzureCloudOptions,
  'credential' | 'authorityHost' | 'environment' | 'cloud' | 'armEndpoint'
>;

const MICROSOFT =
  /^login\.(?:microsoftonline\.com|microsoftonline\.us|chinacloudapi\.cn|partner\.microsoftonline\.cn)$/;

/**
 * The credential of the server: the one given, a service principal where an authority of one's own is configured
 * (a local Azure), and otherwise whatever `az login`, the environment or a managed identity offer.
 */
export async function loadCredential(source: Source, ca: string[] | undefined): Promise<TokenCredential> {
  if (source.credential !== undefined) {
    return source.credential;
  }
  const { ClientSecretCredential, DefaultAzureCredential } = await import('@azure/identity');
  const authorityHost = authorityOf(source);
  const shared = {
    ...(authorityHost === undefined ? {} : { authorityHost }),
    ...(ca === undefined ? {} : { tlsOptions: { ca } }),
  };
  if (authorityHost === undefined || MICROSOFT.test(hostOf(authorityHost))) {
    return new DefaultAzureCredential(shared);
  }
  const {
    AZURE_TENANT_ID: tenant,
    AZURE_CLIENT_ID: client,
    AZURE_CLIENT_SECRET: secret,
  } = source.environment ?? {};
  if (!tenant || !client || !secret) {
    throw new CapwrightError(
      'CREDENTIALS',
      'An authority host of your own is configured, but no service principal to sign in with.',
      'Set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET for the server.',
    );
  }
  return new ClientSecretCredential(tenant, client, secret, { ...shared, disableInstanceDiscovery: true });
}

/** The configured authority, else that of a sovereign cloud; the SDK knows the public one by itself. */
export function authorityOf(source: Source): string | undefined {
  const { name, authorityHost } = cloudFacts(source);
  return source.authorityHost ?? (name === 'AzureCloud' ? undefined : authorityHost);
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : url;
}
