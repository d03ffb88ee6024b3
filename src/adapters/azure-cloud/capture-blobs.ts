import { leavesManyFiles, type CaptureBlob, type CapturePlan } from '../../domain/capture-plan.ts';
import { sameName } from '../../domain/same-name.ts';
import type { Azure } from './azure.ts';
import { allowedBlob, blobSize, type BlobRules } from './blobs.ts';
import { errorFacts } from './error-facts.ts';
import { instanceFinder } from './instance-of.ts';

/** More files than any plan may ask for; what lies in a folder beyond them is none of ours. */
export const MOST_FILES = 10_000;

/**
 * The files of a session that lie in the storage account by now. Those of a scale set or a ring are looked for in the
 * folder of the capture or, where Azure chose the path, by its stem: how Azure names them is written down nowhere.
 * Throws PATH_NOT_ALLOWED for a path outside the allowed accounts.
 */
export async function captureBlobs(
  azure: Azure,
  rules: BlobRules,
  { plan, storagePath }: { plan: CapturePlan; storagePath: string },
  signal: AbortSignal,
): Promise<CaptureBlob[]> {
  if (!leavesManyFiles(plan)) {
    const bytes = await blobSize(azure, rules, storagePath, signal);
    return bytes === null ? [] : [{ url: storagePath, bytes, instanceId: null }];
  }
  const place = placeOf(rules, storagePath, plan.captureName);
  const instanceOf = instanceFinder(plan.instances, place.stem);
  const files = await listFiles(azure, place, signal);
  return files
    .map((file) => ({ ...file, instanceId: instanceOf(file.name) }))
    .toSorted((one, other) => byInstance(plan, one, other) || byAge(one, other))
    .map(({ name, bytes, instanceId }) => ({ url: `${place.called}/${escaped(name)}`, bytes, instanceId }));
}

interface Place {
  /** The container as it is reached, and as the storage path calls it. */
  containerUrl: string;
  called: string;
  /** What names of this capture's files begin with. */
  prefix: string;
  /** The asked name without its ending. */
  stem: string;
}

function placeOf(rules: BlobRules, storagePath: string, captureName: string): Place {
  const { containerUrl, calledContainerUrl, path } = allowedBlob(rules, storagePath);
  const stem = path.replace(/\.cap$/i, '');
  const folders = path.split('/').slice(0, -1);
  const ownFolder = sameName(folders.at(-1) ?? '', captureName);
  return {
    containerUrl,
    called: calledContainerUrl,
    prefix: ownFolder ? `${folders.join('/')}/` : stem,
    stem,
  };
}

/** Accounts with a hierarchical namespace list their folders like blobs. */
const FOLDER_MARK = 'hdi_isfolder';

interface FoundFile {
  name: string;
  bytes: number;
  writtenAt: number;
}

/** Nothing where the container does not exist: Azure makes its own with the first file. */
async function listFiles(azure: Azure, place: Place, signal: AbortSignal): Promise<FoundFile[]> {
  const work = {
    doing: 'looking for the capture files',
    ms: azure.timeouts.readMs,
    signal,
    plane: 'blob' as const,
  };
  return azure.bounded(work, async (abortSignal) => {
    const container = await azure.clients.container(place.containerUrl);
    const found: FoundFile[] = [];
    try {
      const listing = container.listBlobsFlat({ prefix: place.prefix, includeMetadata: true, abortSignal });
      for await (const { name, properties, metadata } of listing) {
        abortSignal.throwIfAborted();
        if (name.startsWith(place.prefix) && metadata?.[FOLDER_MARK] !== 'true') {
          const writtenAt = properties.lastModified.getTime();
          found.push({ name, bytes: properties.contentLength ?? 0, writtenAt });
        }
        if (found.length >= MOST_FILES) {
          azure.log('warn', 'the folder of a capture holds more files than a capture can have', {});
          break;
        }
      }
    } catch (error) {
      if (errorFacts(error).status !== 404) {
        throw error;
      }
    }
    return found;
  });
}

type Told = FoundFile & { instanceId: string | null };

/** In the order of the plan; those that belong to nobody known come last. */
function byInstance({ instances }: CapturePlan, one: Told, other: Told): number {
  const rank = ({ instanceId }: Told): number =>
    instanceId === null ? instances.length : instances.findIndex(({ id }) => id === instanceId);
  return rank(one) - rank(other);
}

const NATURAL = new Intl.Collator('en', { numeric: true });

/** Azure tells times to the second, so that files of one second go by the numbers in their names. */
function byAge(one: Told, other: Told): number {
  return one.writtenAt - other.writtenAt || NATURAL.compare(one.name, other.name);
}

function escaped(name: string): string {
  return name.split('/').map(encodeURIComponent).join('/');
}
