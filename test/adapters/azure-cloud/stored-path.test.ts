import { describe, expect, it } from 'vitest';
import { toResource } from '../../../src/adapters/azure-cloud/capture-resource.ts';

describe('the storage path of a capture', () => {
  it.each(['?sv=2024-01-01&sig=c2VjcmV0', '#sig=c2VjcmV0', '?sig=c2Vj\ncmV0'])(
    'comes without %j, which may be a secret',
    (query) => {
      const path = 'https://acct.blob.core.windows.net/c/a.cap';
      const { seen } = toResource({ target: '/vm', storageLocation: { storagePath: `${path}${query}` } });

      expect(seen.storagePath).toBe(path);
    },
  );
});
