import type { CaptureFile, CaptureReading } from '../../src/domain/capture-plan.ts';
import type { TaskEvent } from '../../src/domain/task.ts';

/** A downloaded file of the sample task. */
export const file: CaptureFile = {
  path: '/f.cap',
  bytes: 1,
  sha256: 'x',
  blobUrl: 'https://acct/c/t.cap',
  instanceId: null,
};

export const failure = { code: 'AZURE_BUSY', message: 'm', next: 'n' } as const;

export const analysis = { reportPath: '/r', htmlPath: '/h', analysisPath: '/a', scriptPath: '/s' };

/** What a look at the session of the sample task shows. */
export const observed = (status: CaptureReading['status'], errors: string[] = []): TaskEvent => ({
  type: 'observed',
  reading: {
    provisioningState: 'Succeeded',
    status,
    stopReason: null,
    errors,
    storagePath: 'https://acct/c/t.cap',
  },
  pollMs: 5000,
});
