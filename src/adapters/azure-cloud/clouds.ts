/** Azure's clouds, named as `az cloud list` names them. */
export const CLOUD_NAMES = ['AzureCloud', 'AzureChinaCloud', 'AzureUSGovernment'] as const;
export type CloudName = (typeof CLOUD_NAMES)[number];

/** What differs between Azure's clouds. */
export interface CloudFacts {
  name: CloudName;
  armEndpoint: string;
  /** Where tokens come from. */
  authorityHost: string;
  tokenScope: string;
  /** Pattern of blob hosts; its first group is the account. */
  blobHosts: RegExp;
}

const CLOUDS: Record<CloudName, Omit<CloudFacts, 'name' | 'tokenScope'>> = {
  AzureCloud: {
    armEndpoint: 'https://management.azure.com',
    authorityHost: 'https://login.microsoftonline.com',
    blobHosts: /^([a-z0-9]{3,24})\.(?:blob\.core\.windows\.net|z\d+\.blob\.storage\.azure\.net)$/,
  },
  AzureChinaCloud: {
    armEndpoint: 'https://management.chinacloudapi.cn',
    authorityHost: 'https://login.chinacloudapi.cn',
    blobHosts: /^([a-z0-9]{3,24})\.blob\.core\.chinacloudapi\.cn$/,
  },
  AzureUSGovernment: {
    armEndpoint: 'https://management.usgovcloudapi.net',
    authorityHost: 'https://login.microsoftonline.us',
    blobHosts: /^([a-z0-9]{3,24})\.blob\.core\.usgovcloudapi\.net$/,
  },
};

/**
 * Facts of the cloud of a name or, without one, of the cloud behind an ARM endpoint. An unknown endpoint is taken for
 * a stand-in of the named cloud: it gets that cloud's tokens and serves its blobs.
 */
export function cloudFacts({
  cloud,
  armEndpoint,
}: {
  cloud?: CloudName | undefined;
  armEndpoint?: string | undefined;
}): CloudFacts {
  const endpoint = armEndpoint?.replace(/\/+$/, '');
  const name = cloud ?? CLOUD_NAMES.find((known) => CLOUDS[known].armEndpoint === endpoint) ?? 'AzureCloud';
  const facts = CLOUDS[name];
  return {
    ...facts,
    name,
    armEndpoint: endpoint ?? facts.armEndpoint,
    tokenScope: `${facts.armEndpoint}/.default`,
  };
}
