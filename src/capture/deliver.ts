import { leavesManyFiles, type CaptureBlob } from '../domain/capture-plan.ts';
import { isOwnBlob, nextDelivery } from '../domain/delivery.ts';
import { CapwrightError } from '../domain/errors.ts';
import { filesOf, storagePathOf, type Task, type TaskEvent } from '../domain/task.ts';
import type { Artefacts, CallContext, Clock, Cloud } from '../ports.ts';
import type { Timing } from '../domain/next-action.ts';

export interface DeliverDeps {
  cloud: Cloud;
  artefacts: Artefacts;
  clock: Clock;
  timing: Timing;
  maxCaptureBytes: number;
}

/** Looks for the files of a session that is over and downloads one that is not here yet, or says that all are. */
export async function download(
  deps: DeliverDeps,
  storagePath: string,
  task: Task,
  call: CallContext,
): Promise<TaskEvent> {
  try {
    return leavesManyFiles(task.plan)
      ? await downloadNext(deps, storagePath, task, call)
      : await downloadOne(deps, storagePath, task, call);
  } catch (error) {
    if (error instanceof CapwrightError && error.code === 'BLOB_MISSING') {
      return awaited(deps, null);
    }
    throw error;
  }
}

/**
 * Deletes the files of a task from the storage account and reads back that they are gone: those that were downloaded
 * and verified, or of a discarded session whatever it left, looked for until none can come any more.
 */
export async function deleteBlobs(deps: DeliverDeps, task: Task, call: CallContext): Promise<TaskEvent> {
  const { cloud, clock, timing } = deps;
  const { plan } = task;
  const askedAt = clock.now();
  const discarded = task.state === 'cleaning' && task.outcome.kind === 'cancelled';
  const urls = new Set(filesOf(task).map(({ blobUrl }) => blobUrl));
  if (discarded) {
    (await left(deps, task, call)).forEach((url) => urls.add(url));
  }
  const own = [...urls].filter((url) => isOwnBlob(task, url));
  for (const url of own) {
    if (!(await cloud.deleteBlob(url, call.signal, plan.storageAccount))) {
      return { type: 'hindered', failure: BLOB_STILL_THERE, retryAt: clock.now() + timing.pollMs };
    }
  }
  const quietAt = (task.state === 'cleaning' ? (task.goneAt ?? 0) : 0) + timing.lateMs;
  const mayCome = discarded && askedAt < quietAt && quietAt - askedAt <= timing.lateMs;
  return mayCome
    ? { type: 'hindered', failure: BLOB_MAY_COME, retryAt: quietAt }
    : { type: 'blobs_gone', left: urls.size - own.length };
}

async function left({ cloud }: DeliverDeps, task: Task, call: CallContext): Promise<string[]> {
  const storagePath = storagePathOf(task);
  if (!leavesManyFiles(task.plan)) {
    return storagePath === '' ? [] : [storagePath];
  }
  const blobs = await cloud.captureBlobs(task.plan, storagePath, call.signal);
  return blobs.map(({ url }) => url);
}

async function downloadOne(
  deps: DeliverDeps,
  url: string,
  task: Task,
  call: CallContext,
): Promise<TaskEvent> {
  const size = await deps.cloud.blobSize(url, call.signal, task.plan.storageAccount);
  return size === null ? awaited(deps, null) : fetchFile(deps, { url, instanceId: null }, task, call);
}

async function downloadNext(
  deps: DeliverDeps,
  storagePath: string,
  task: Task,
  call: CallContext,
): Promise<TaskEvent> {
  if (task.state !== 'downloading') {
    throw new TypeError('Only a task whose session is over has files to download.');
  }
  const blobs = await deps.cloud.captureBlobs(task.plan, storagePath, call.signal);
  const late = deps.clock.now() - task.since > deps.timing.blobMs;
  const step = nextDelivery(task, blobs, late);
  switch (step.do) {
    case 'wait':
      return awaited(deps, step.listing);
    case 'finish':
      return { type: 'downloaded', missing: step.missing };
    case 'fetch':
      mustFit(step.bytes, deps.maxCaptureBytes);
      return fetchFile(deps, step.blob, task, call);
  }
}

/** The path is made of our own words alone; what the blob is called never becomes part of it. */
async function fetchFile(
  { cloud, artefacts, maxCaptureBytes }: DeliverDeps,
  { url, instanceId }: Pick<CaptureBlob, 'url' | 'instanceId'>,
  task: Task,
  call: CallContext,
): Promise<TaskEvent> {
  const files = filesOf(task).filter(({ blobUrl }) => blobUrl !== url);
  const earlier = filesOf(task).find(({ blobUrl }) => blobUrl === url);
  const which = leavesManyFiles(task.plan) ? { ordinal: files.length + 1, instanceId } : undefined;
  const path = earlier?.path ?? artefacts.capturePath(task.id, which);
  const file = await cloud.downloadBlob(url, path, {
    maxBytes: maxCaptureBytes - files.reduce((sum, { bytes }) => sum + bytes, 0),
    storageAccount: task.plan.storageAccount,
    signal: call.signal,
    onProgress: call.progress,
  });
  return { type: 'file_downloaded', file: { ...file, blobUrl: url, instanceId } };
}

function mustFit(bytes: number, most: number): void {
  if (bytes > most) {
    throw new CapwrightError(
      'FILE_TOO_LARGE',
      `The files of the session have ${bytes} bytes together; the server takes at most ${most}.`,
      'They stay in the storage account: analyze_pcap takes them one by one with blob_url. Capture less next time, or have the limit of the server raised.',
    );
  }
}

function awaited({ clock, timing }: DeliverDeps, listing: string | null): TaskEvent {
  return { type: 'awaited', failure: NO_FILE_YET, listing, retryAt: clock.now() + timing.pollMs };
}

const NO_FILE_YET = {
  code: 'BLOB_MISSING',
  message: 'The session is over; its files have not all appeared in the storage account yet.',
  next: 'Call check_task again; they usually appear within a minute.',
} as const;
const BLOB_STILL_THERE = {
  code: 'AZURE_BUSY',
  message: 'The storage account still shows a file after it was deleted.',
  next: 'Nothing to do: Capwright goes on until it is gone.',
} as const;
const BLOB_MAY_COME = {
  code: 'AZURE_BUSY',
  message: 'The capture is gone; the file of the discarded session may still come.',
  next: 'Nothing to do: Capwright looks for it once more.',
} as const;
