import { describe, expect, it } from 'vitest';
import {
  normalLocation,
  parseArmId,
  resourceName,
  subscriptionGuid,
} from '../../../src/adapters/azure-cloud/arm-id.ts';
import { parseBlobUrl, type BlobHosts } from '../../../src/adapters/azure-cloud/blob-url.ts';
import { cloudFacts } from '../../../src/adapters/azure-cloud/clouds.ts';

const GROUP = '/subscriptions/5c0f3f4e-8f6b-4e0c-9a2d-1b7e6d5c4b3a/resourceGroups/rg';

describe('ARM ids', () => {
  it('takes a VM id apart in whatever case it is written', () => {
    const id = parseArmId(
      `${GROUP}/providers/microsoft.compute/VirtualMachines/Web-01`.replace(
        'resourceGroups',
        'RESOURCEGROUPS',
      ),
    );

    expect(id).toMatchObject({
      resourceGroup: 'rg',
      type: 'microsoft.compute/virtualmachines',
      name: 'Web-01',
    });
  });

  it('tells an instance of a scale set from a VM', () => {
    const id = parseArmId(
      `${GROUP}/providers/Microsoft.Compute/virtualMachineScaleSets/set/virtualMachines/0`,
    );

    expect(id).toMatchObject({
      type: 'microsoft.compute/virtualmachinescalesets/virtualmachines',
      name: '0',
    });
  });

  it.each(['web-01', '', '/subscriptions/x', `${GROUP}/providers/Microsoft.Compute/virtualMachines/`])(
    'takes %j for no id',
    (text) => {
      expect(parseArmId(text)).toBeNull();
    },
  );

  it('knows a region by its display name too', () => {
    expect(normalLocation('West US 2')).toBe('westus2');
  });

  it.each(['..', '.', 'a/b', 'a?b', "a'b", 'a b', 'a.', '%2e', '', 'x'.repeat(91)])(
    'refuses %j as a resource name',
    (name) => {
      expect(() => resourceName('target', name)).toThrow(/target is ".*", no Azure resource name/);
    },
  );

  it.each(['web-01', 'rg_(blue).one', 'größe'])('lets %j through as a resource name', (name) => {
    expect(resourceName('target', name)).toBe(name);
  });

  it('refuses a subscription that is no GUID', () => {
    expect(() => subscriptionGuid('my-subscription')).toThrow(/subscription_id/);
  });
});

describe('blob URLs', () => {
  const azure: BlobHosts = { azure: cloudFacts({}).blobHosts, endpoint: null };
  const local: BlobHosts = { ...azure, endpoint: 'https://127.0.0.1:10000/{account}' };

  it('reads the account out of the host', () => {
    expect(parseBlobUrl('https://acct.blob.core.windows.net/c/a/b.cap', azure)).toMatchObject({
      account: 'acct',
      url: 'https://acct.blob.core.windows.net/c/a/b.cap',
    });
  });

  it('maps the account to the configured endpoint', () => {
    const { account, url } = parseBlobUrl('https://acct.blob.core.windows.net/c/a%20b.cap', local);

    expect([account, url]).toEqual(['acct', 'https://127.0.0.1:10000/acct/c/a%20b.cap']);
  });

  it('takes a URL of the configured endpoint as it is', () => {
    expect(parseBlobUrl('https://127.0.0.1:10000/acct/c/b.cap', local).account).toBe('acct');
  });

  it.each([
    'http://acct.blob.core.windows.net/c/b.cap',
    'https://acct.blob.core.windows.net/c/b.cap?sv=2024&sig=SECRET',
    'https://acct.blob.core.windows.net/c/b.cap#x',
    'https://me:SECRET@acct.blob.core.windows.net/c/b.cap',
    'https://acct.blob.core.windows.net.evil.example/c/b.cap',
    'https://acct.blob.core.windows.net:8443/c/b.cap',
    'https://evil.example/acct.blob.core.windows.net/b.cap',
    'https://acct.blob.core.windows.net/b.cap',
    'https://127.0.0.1:10000/acct/b.cap',
    'https://127.0.0.1:10001/acct/c/b.cap',
    'file:///etc/passwd',
    '',
  ])('refuses %j and repeats nothing of it', (url) => {
    let message = '';
    try {
      parseBlobUrl(url, local);
    } catch (error) {
      message = JSON.stringify(error, Object.getOwnPropertyNames(error));
    }

    expect(message).toContain('PATH_NOT_ALLOWED');
    expect(message).not.toContain('SECRET');
  });

  it('looks for blobs where the cloud of the ARM endpoint keeps them', () => {
    const china: BlobHosts = {
      azure: cloudFacts({ armEndpoint: 'https://management.chinacloudapi.cn/' }).blobHosts,
      endpoint: null,
    };

    expect(parseBlobUrl('https://acct.blob.core.chinacloudapi.cn/c/b.cap', china).account).toBe('acct');
    expect(() => parseBlobUrl('https://acct.blob.core.windows.net/c/b.cap', china)).toThrow();
  });
});
