import { BlobServiceClient, StorageSharedKeyCredential, type ContainerClient } from '@azure/storage-blob';

/** The data plane of the simulated accounts, as the service itself uses it. */
export interface BlobStore {
  hasContainer(account: string, container: string): Promise<boolean>;
  /** Makes the container if it is not there; always true. */
  makeContainer(account: string, container: string): Promise<boolean>;
  put(account: string, container: string, path: string, bytes: Uint8Array): Promise<void>;
}

/** Reaches Azurite at `origin` with the accounts' keys, trusting `ca` only. */
export function createBlobStore(deps: {
  origin: string;
  ca: string;
  keys: ReadonlyMap<string, string>;
}): BlobStore {
  // The pipeline heeds `tlsOptions` although the package's own type does not list it.
  const options = { retryOptions: { maxTries: 3 }, tlsOptions: { ca: deps.ca } };
  const open = (account: string, container: string): ContainerClient => {
    const credential = new StorageSharedKeyCredential(account, deps.keys.get(account) ?? '');
    return new BlobServiceClient(`${deps.origin}/${account}`, credential, options).getContainerClient(
      container,
    );
  };
  return {
    hasContainer: (account, container) => open(account, container).exists(),
    async makeContainer(account, container) {
      await open(account, container).createIfNotExists();
      return true;
    },
    async put(account, container, path, bytes) {
      await open(account, container).getBlockBlobClient(path).uploadData(bytes);
    },
  };
}
