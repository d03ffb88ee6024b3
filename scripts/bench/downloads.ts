import { randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { BlobClient, BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { createAzureCloud } from '../../src/adapters/azure-cloud/azure-cloud.ts';
import { createSystemClock } from '../../src/adapters/process/system-clock.ts';
import { startAzurite } from '../../src/local-azure/azurite/azurite.ts';
import { makeCertificate } from '../../src/local-azure/certificate/certificate.ts';
import { inFolder, median, timed, type Figure } from './figures.ts';

const ROUNDS = 7;
const MIB = 1024 * 1024;
const SIZES = [1, 64, 256];
const ACCOUNT = 'benchaccount';
const area = 'download';

/**
 * From the moment that the blob is there to its bytes on disk, against `downloadToFile` of Azure's SDK, both over TLS
 * from the same Azurite, by turns. Ours is hashed, flushed, checked and renamed when it is done; the SDK's is only written.
 */
export function downloads(): Promise<Figure[]> {
  return inFolder(async (folder) => {
    const { caFile, certificateFile, keyFile } = makeCertificate(folder);
    const key = randomBytes(64).toString('base64');
    const azurite = await startAzurite({
      directory: folder,
      certificateFile,
      keyFile,
      accounts: new Map([[ACCOUNT, key]]),
    });
    try {
      const figures: Figure[] = [];
      for (const size of SIZES) {
        figures.push(...(await compare({ folder, origin: azurite.origin, caFile, key }, size)));
      }
      return figures;
    } finally {
      await azurite.stop();
    }
  });
}

interface Place {
  folder: string;
  origin: string;
  caFile: string;
  key: string;
}

async function compare({ folder, origin, caFile, key }: Place, mebibytes: number): Promise<Figure[]> {
  const url = `${origin}/${ACCOUNT}/captures/${mebibytes}.cap`;
  const tls = { retryOptions: { maxTries: 4 }, tlsOptions: { ca: [readFileSync(caFile, 'utf8')] } };
  const shared = new StorageSharedKeyCredential(ACCOUNT, key);
  const container = new BlobServiceClient(`${origin}/${ACCOUNT}`, shared, tls).getContainerClient('captures');
  await container.createIfNotExists();
  const upload = container.getBlockBlobClient(`${mebibytes}.cap`);
  await upload.uploadData(randomBytes(mebibytes * MIB), { blockSize: 8 * MIB, concurrency: 2 });

  const credential = {
    getToken: async () => ({ token: token(), expiresOnTimestamp: Date.now() + 3_600_000 }),
  };
  const cloud = createAzureCloud({
    subscriptionId: null,
    defaultStorageAccount: ACCOUNT,
    defaultStorageContainer: 'captures',
    caFile,
    blobEndpoint: `${origin}/{account}`,
    credential,
    clock: createSystemClock(),
    log: () => undefined,
  });
  const azure = new BlobClient(url, credential, tls);
  const signal = new AbortController().signal;
  const options = { maxBytes: 4096 * MIB, signal, onProgress: () => undefined };
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = -1; round < ROUNDS; round += 1) {
    const mine = join(folder, `ours-${mebibytes}`);
    const sdk = join(folder, `theirs-${mebibytes}`);
    const blob = `https://${ACCOUNT}.blob.core.windows.net/captures/${mebibytes}.cap`;
    const both = [
      await timed(() => cloud.downloadBlob(blob, mine, options)),
      await timed(() => azure.downloadToFile(sdk)),
    ];
    if (statSync(mine).size !== mebibytes * MIB || statSync(sdk).size !== mebibytes * MIB) {
      throw new Error('a download was not whole');
    }
    if (round >= 0) {
      ours.push(both[0] ?? 0);
      theirs.push(both[1] ?? 0);
    }
  }
  return [
    { area, what: `${mebibytes} MiB`, value: median(ours), unit: 'ms' },
    { area, what: `${mebibytes} MiB by downloadToFile`, value: median(theirs), unit: 'ms' },
    { area, what: `${mebibytes} MiB, ratio`, value: median(ours) / median(theirs), unit: '×', target: 1 },
  ];
}

/** Azurite checks times and audience of a token, and no signature. */
function token(): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    aud: 'https://storage.azure.com',
    iss: 'https://sts.windows.net/00000000-0000-0000-0000-000000000000/',
    nbf: now - 60,
    iat: now - 60,
    exp: now + 3600,
  };
  return [{ alg: 'none', typ: 'JWT' }, claims, {}]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
}
