import { describe, expect, it } from 'vitest';
import { filesOf, missingOf, Task } from '../../src/domain/task.ts';

/** Documents as the version before scale sets, rings and deleted blobs wrote them, one of each state. */
const file = { path: '/s/captures/t.cap', bytes: 24, sha256: 'ab', blobUrl: 'https://acct/c/t.cap' };
const failure = { code: 'BLOB_MISSING', message: 'm', next: 'n' };
const analysis = { reportPath: '/r', analysisPath: '/a', scriptPath: '/s' };
const old = {
  id: 't',
  sessionId: 's',
  requestId: 'r',
  parameters: { target: 'vm', duration_seconds: 60 },
  investigationContext: null,
  autoAnalyze: false,
  llm: 'auto',
  plan: {
    subscriptionId: 's',
    vmId: '/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm',
    vmName: 'vm',
    vmResourceGroup: 'rg',
    location: 'eastus',
    watcherName: 'w',
    watcherResourceGroup: 'wrg',
    captureName: 'capwright-d-t',
    storageId: '/acct',
    storageAccount: 'acct',
    storagePath: 'https://acct/c/t.cap',
    durationSeconds: 60,
    totalBytes: 0,
    bytesPerPacket: 0,
    filters: [{ protocol: 'TCP', local_port: '443' }],
  },
  createdAt: 1000,
  updatedAt: 5000,
  since: 4000,
  failures: 0,
  lastFailure: null,
  nextAt: 4000,
  provisioningState: 'Succeeded',
  captureStatus: 'Stopped',
  stopReason: 'TimeExceeded',
};
const DOCUMENTS: Record<string, Record<string, unknown>> = {
  requested: { ...old, state: 'requested', captureStatus: null },
  provisioning: { ...old, state: 'provisioning', captureStatus: null },
  capturing: { ...old, state: 'capturing' },
  stopping: { ...old, state: 'stopping', why: 'overdue', stopSent: true },
  downloading: { ...old, state: 'downloading', storagePath: 'https://acct/chosen/x.cap' },
  'cleaning after a capture': {
    ...old,
    state: 'cleaning',
    outcome: { kind: 'captured', file },
    analysis: null,
  },
  'cleaning after a failure': {
    ...old,
    state: 'cleaning',
    outcome: { kind: 'failed', failure },
    analysis: null,
  },
  'cleaning after a time-out': {
    ...old,
    state: 'cleaning',
    captureStatus: null,
    outcome: { kind: 'timed_out', failure },
    analysis: null,
  },
  'cleaning after a cancel': {
    ...old,
    state: 'cleaning',
    outcome: { kind: 'cancelled' },
    analysis: null,
  },
  analyzing: { ...old, state: 'analyzing', file },
  completed: { ...old, state: 'completed', file, analysis },
  'failed with a file': { ...old, state: 'failed', failure, file },
  'failed without': { ...old, state: 'failed', failure, file: null },
  'cancelled with a file': { ...old, state: 'cancelled', file },
  'cancelled without': { ...old, state: 'cancelled', file: null },
  timed_out: { ...old, state: 'timed_out', failure },
};

const until = (name: string): number | null => Task.parse(DOCUMENTS[name]).unclearUntil;

describe('a task that the version before has stored', () => {
  it.each(Object.entries(DOCUMENTS))('is read: %s', (name, document) => {
    const task = Task.parse(document);

    expect(task.state).toBe(name.split(' ')[0]);
    expect(task).toMatchObject({
      plan: { targetType: 'AzureVM', instances: [], ring: null, scope: { include: [], exclude: [] } },
      group: null,
      deleteBlobs: false,
      blobsGone: false,
      lookedAt: 4000,
    });
    expect(missingOf(task)).toEqual([]);
    expect(Task.parse(JSON.parse(JSON.stringify(task)))).toEqual(task);
  });

  it('keeps its file', () => {
    const withFile = [
      'cleaning after a capture',
      'analyzing',
      'completed',
      'failed with a file',
      'cancelled with a file',
    ];

    for (const [name, document] of Object.entries(DOCUMENTS)) {
      const expected = withFile.includes(name) ? [{ ...file, instanceId: null }] : [];
      expect([name, filesOf(Task.parse(document))]).toEqual([name, expected]);
    }
  });

  it('remembers where Azure writes', () => {
    expect(Task.parse(DOCUMENTS['downloading'])).toMatchObject({
      storagePath: 'https://acct/chosen/x.cap',
      files: [],
    });
  });

  it('reckons with a create request of its last moments, where nothing was seen of the capture', () => {
    expect(until('provisioning')).toBe(65_000);
    expect(until('cleaning after a time-out')).toBe(65_000);
    expect(until('cleaning after a cancel')).toBeNull();
    expect(until('capturing')).toBeNull();
  });
});

describe('a document that is none of ours', () => {
  it.each([[null], ['text'], [[]], [{}], [{ ...old, state: 'completed' }], [{ ...old, state: 'other' }]])(
    'is refused: %j',
    (document) => {
      expect(Task.safeParse(document).success).toBe(false);
    },
  );

  it('of today is read as it is, with nothing added', () => {
    const today = Task.parse(DOCUMENTS['analyzing']);

    expect(Task.safeParse({ ...today, file }).success).toBe(false);
  });
});
