import {
  BlobServiceClient,
  RestError,
  StorageSharedKeyCredential,
  type ContainerClient,
} from '@azure/storage-blob';

/** The data plane of the simulated accounts, as the service itself uses it. */
export interface BlobStore {
  /** What ARM shows of a container; undefined where it is not there. */
  container(account: string, container: string): Promise<{ etag: string; lastModified: Date } | undefined>;
  /** Makes the container if it is not there. */
  makeContainer(account: string, container: string): Promise<void>;
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
  const services = new Map<string, BlobServiceClient>();
  const open = (account: string, container: string): ContainerClient => {
    const credential = new StorageSharedKeyCredential(account, deps.keys.get(account) ?? '');
    const service =
      services.get(account) ?? new BlobServiceClient(`${deps.origin}/${account}`, credential, options);
    services.set(account, service);
    return service.getContainerClient(container);
  };
  return {
    async container(account, container) {
      try {
        const { etag = '', lastModified = new Date() } = await open(account, container).getProperties();
        return { etag, lastModified };
      } catch (error) {
        // 400 is Azurite's word for a name that no container can have.
        if (error instanceof RestError && (error.statusCode === 404 || error.statusCode === 400)) {
          return undefined;
        }
        throw error;
      }
    },
    async makeContainer(account, container) {
      await open(account, container).createIfNotExists();
    },
    async put(account, container, path, bytes) {
      await open(account, container).getBlockBlobClient(path).uploadData(bytes);
    },
  };
}
