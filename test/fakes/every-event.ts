import type { TaskEvent } from '../../src/domain/task.ts';
import { analysis, failure, file, observed } from './events.ts';

type Samples = { [T in TaskEvent['type']]: [Of<T>, ...Of<T>[]] };
type Of<T extends TaskEvent['type']> = Extract<TaskEvent, { type: T }>;

/** A file of another instance than the usual one. */
const second = { ...file, path: '/f.2.cap', blobUrl: 'https://acct/c/t_2.cap', instanceId: '2' };
const sighted = (...seen: Parameters<typeof observed>): Of<'observed'> => {
  const event = observed(...seen);
  if (event.type !== 'observed') {
    throw new TypeError('observed() makes no look any more');
  }
  return event;
};

/** Every event that there is: one that is forgotten here does not compile. Those that may change the way come in kinds. */
export const EVENT_SAMPLES: Samples = {
  accepted: [{ type: 'accepted' }],
  create_intended: [{ type: 'create_intended' }],
  taken_over: [{ type: 'taken_over', fence: 2, unclearUntil: 60_001 }],
  created: [{ type: 'created' }],
  observed: [
    sighted('Running'),
    sighted('NotStarted'),
    sighted('Unknown'),
    sighted('Stopped'),
    sighted('Error'),
    sighted('Stopped', ['StorageFailed']),
  ],
  overdue: [{ type: 'overdue' }],
  stop_requested: [{ type: 'stop_requested' }],
  cancel_requested: [{ type: 'cancel_requested' }],
  discard_approved: [{ type: 'discard_approved', by: 'plan_id' }],
  stop_sent: [{ type: 'stop_sent', pollMs: 5000 }],
  awaited: [
    { type: 'awaited', failure, listing: '1 files', retryAt: 9 },
    { type: 'awaited', failure, listing: null, retryAt: 9 },
  ],
  file_downloaded: [
    { type: 'file_downloaded', file },
    { type: 'file_downloaded', file: second },
  ],
  downloaded: [
    { type: 'downloaded', missing: [] },
    { type: 'downloaded', missing: [{ id: '3', name: 'vmss_3' }] },
  ],
  broke: [
    { type: 'broke', as: 'failed', failure },
    { type: 'broke', as: 'timed_out', failure, unclearUntil: 60_001 },
  ],
  hindered: [
    { type: 'hindered', failure, retryAt: 9 },
    { type: 'hindered', failure: { ...failure, code: 'CREDENTIALS' }, retryAt: 9 },
    { type: 'hindered', failure, retryAt: 9, unclearUntil: 60_001 },
  ],
  deletion_seen: [{ type: 'deletion_seen' }, { type: 'deletion_seen', askedAt: 1 }],
  blobs_gone: [
    { type: 'blobs_gone', left: 0 },
    { type: 'blobs_gone', left: 1 },
  ],
  analyzed: [{ type: 'analyzed', analysis }],
  analysis_failed: [{ type: 'analysis_failed', failure }],
};

export const EVERY_EVENT: readonly TaskEvent[] = Object.values(EVENT_SAMPLES).flat();
