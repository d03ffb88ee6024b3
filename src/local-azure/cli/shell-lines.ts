import type { LocalAzureConnection } from '../connection.ts';

/** Export lines for a POSIX shell: what Capwright reads, and what plain programs on the Azure SDKs do. */
export function shellLines(to: LocalAzureConnection): string {
  const variables = {
    AZURE_TENANT_ID: to.tenantId,
    AZURE_CLIENT_ID: to.clientId,
    AZURE_CLIENT_SECRET: to.clientSecret,
    AZURE_SUBSCRIPTION_ID: to.subscriptionId,
    AZURE_AUTHORITY_HOST: to.authorityHost,
    NODE_EXTRA_CA_CERTS: to.caFile,
    CAPWRIGHT_ARM_ENDPOINT: to.armEndpoint,
    CAPWRIGHT_BLOB_ENDPOINT: to.blobEndpoint,
    CAPWRIGHT_CA_FILE: to.caFile,
    CAPWRIGHT_STORAGE_ACCOUNT: to.storageAccount,
    CAPWRIGHT_STORAGE_CONTAINER: to.storageContainer,
    LOCAL_AZURE_ARM_ENDPOINT: to.armEndpoint,
    LOCAL_AZURE_BLOB_ENDPOINT: to.blobEndpoint.replace('{account}', to.storageAccount),
    LOCAL_AZURE_CONTROL: to.controlEndpoint,
    LOCAL_AZURE_RESOURCE_GROUP: to.resourceGroup,
  };
  return Object.entries(variables)
    .map(([name, value]) => `export ${name}='${value.replaceAll("'", String.raw`'\''`)}'\n`)
    .join('');
}
