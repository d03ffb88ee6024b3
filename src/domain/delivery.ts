import { leavesManyFiles, type CaptureBlob, type CapturePlan, type Instance } from './capture-plan.ts';
import { storagePathOf, type Task } from './task.ts';

type Downloading = Extract<Task, { state: 'downloading' }>;

/** What to do about the files of a session that leaves many, from one look at the storage account. */
export type Delivery =
  /** Something is still to come; `listing` is what was seen, in short. */
  | { do: 'wait'; listing: string }
  /** The next file to download; `bytes` are those of all that are wanted. */
  | { do: 'fetch'; blob: CaptureBlob; bytes: number }
  | { do: 'finish'; missing: Instance[] };

/**
 * Takes the files of a scale set once each instance has brought its own, those of a ring once two looks saw the same;
 * and, when it is `late`, what is there. It waits for as long as there is nothing at all.
 */
export function nextDelivery(task: Downloading, seen: readonly CaptureBlob[], late: boolean): Delivery {
  const blobs = wanted(task.plan, seen);
  const listing = inShort(blobs);
  const here = new Map(task.files.map(({ blobUrl, bytes }) => [blobUrl, bytes]));
  const isNew = ({ url }: CaptureBlob): boolean => !here.has(url);
  const missing = owing(task.plan, [...blobs.filter(isNew), ...task.files]);
  const settled = missing.length === 0 && (task.plan.ring === null || task.listing === listing);
  if (blobs.length === 0 ? here.size === 0 : !settled && !late) {
    return { do: 'wait', listing };
  }
  // Nothing tells when a file is whole: one that has grown since it was downloaded is fetched again.
  const blob = blobs.find((one) => isNew(one) || one.bytes > (here.get(one.url) ?? 0));
  return blob === undefined
    ? { do: 'finish', missing }
    : { do: 'fetch', blob, bytes: blobs.reduce((sum, { bytes }) => sum + bytes, 0) };
}

/**
 * Whether a blob is this task's own, so that it may be deleted: the one file; of many, those in the folder of the
 * capture or, where Azure chose the path, those whose name goes on from it.
 */
export function isOwnBlob(task: Task, url: string): boolean {
  const path = storagePathOf(task);
  if (!leavesManyFiles(task.plan)) {
    return url === path;
  }
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  const stem = path.replace(/\.cap$/i, '');
  return folder.endsWith(`/${task.plan.captureName}/`)
    ? url.startsWith(folder)
    : stem !== '' && url.startsWith(stem) && /^[^A-Za-z0-9]/.test(url.slice(stem.length));
}

/** No more files of an instance than its session may leave, the newest of them: a listing is not ours. */
function wanted({ ring, instances }: CapturePlan, blobs: readonly CaptureBlob[]): CaptureBlob[] {
  const perInstance = ring?.fileCount ?? 1;
  const most = (id: string | null): number =>
    id === null ? perInstance * Math.max(1, instances.length) : perInstance;
  return [...Map.groupBy(blobs, ({ instanceId }) => instanceId)].flatMap(([id, files]) =>
    files.slice(-most(id)),
  );
}

/** A file whose name does not tell its instance may be anybody's: it counts for one of those without a file. */
function owing({ instances }: CapturePlan, files: readonly Pick<CaptureBlob, 'instanceId'>[]): Instance[] {
  const heard = new Set(files.map(({ instanceId }) => instanceId));
  const silent = instances.filter(({ id }) => !heard.has(id));
  const nameless = files.filter(({ instanceId }) => instanceId === null).length;
  return nameless >= silent.length ? [] : silent;
}

/** Enough to tell two looks apart: how many files, how many bytes, and which was the newest. */
function inShort(blobs: readonly CaptureBlob[]): string {
  const bytes = blobs.reduce((sum, blob) => sum + blob.bytes, 0);
  return `${blobs.length} files, ${bytes} bytes, last ${blobs.at(-1)?.url ?? 'none'}`;
}
