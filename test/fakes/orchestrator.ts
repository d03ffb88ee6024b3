import { join } from 'node:path';
import { createAuditFiles } from '../../src/adapters/jsonl-audit-log/audit-files.ts';
import { createAuditLog } from '../../src/adapters/jsonl-audit-log/audit-log.ts';
import { createArtefacts } from '../../src/adapters/local-files/artefacts.ts';
import { createCaptureFiles } from '../../src/adapters/local-files/capture-files.ts';
import { openLiveness } from '../../src/adapters/sqlite-task-store/liveness.ts';
import { openTaskStore } from '../../src/adapters/sqlite-task-store/store.ts';
import type { UseCases } from '../../src/capture/use-cases.ts';
import { wireUseCases } from '../../src/capture/wire.ts';
import { NO_ISOLATION } from '../../src/domain/isolation.ts';
import type { Timing } from '../../src/domain/next-action.ts';
import type { Policy } from '../../src/domain/policy.ts';
import type { StartRequest } from '../../src/domain/start-arguments.ts';
import type { StartView, StopView } from '../../src/domain/views.ts';
import type { Analyze } from '../../src/forensics/analyze.ts';
import type { AuditLog, CallContext, Clock, Cloud, Log, Sandbox, TaskStore } from '../../src/ports.ts';
import { emptyAnalysis } from './analysis.ts';
import { fakePage } from './report-page.ts';

export const TIMING: Timing = {
  pollMs: 5000,
  provisioningMs: 600_000,
  overdueMs: 60_000,
  stoppingMs: 600_000,
  blobMs: 600_000,
  lateMs: 60_000,
};

/** For time that is not real: it must not pass while a process is at work. */
export const atOnce = (): Promise<void> => Promise.resolve();

export const quietCall: CallContext = { signal: new AbortController().signal, progress: () => {} };

/** A place to run code that nothing under test comes to use. */
export const noSandbox: Sandbox = {
  open: () => Promise.reject(new Error('not used')),
  status: async () => ({ ready: true, detail: 'fake', fix: null, isolation: NO_ISOLATION }),
  leftovers: async () => [],
  remove: async () => {},
};

/** One process worth of orchestrator on a state directory: all that the product wires, on a given clock and cloud. */
export async function openOrchestrator(options: {
  dir: string;
  clock: Clock;
  cloud: Cloud;
  analyze?: Analyze;
  wrapStore?: (store: TaskStore) => TaskStore;
  wrapAudit?: (audit: AuditLog) => AuditLog;
  log?: Log;
  policy?: Policy;
  deleteBlobs?: boolean;
  maxCaptureBytes?: number;
}) {
  const { dir, clock, cloud, log = () => {}, analyze = async () => emptyAnalysis() } = options;
  const liveness = openLiveness(join(dir, 'owners'), crypto.randomUUID());
  const bare = await openTaskStore({
    path: join(dir, 'capwright.db'),
    liveness,
    newDeploymentId: () => crypto.randomUUID().slice(0, 8),
    unreadable: (task) => log('error', 'a record can not be read', { task }),
    turn: atOnce,
  });
  const suspects = new Set<string>();
  const audit = createAuditLog(join(dir, 'audit'), suspects);
  const store = options.wrapStore?.(bare) ?? bare;
  const wired = wireUseCases({
    store,
    cloud,
    audit: options.wrapAudit?.(audit) ?? audit,
    auditFiles: createAuditFiles(join(dir, 'audit'), suspects),
    artefacts: createArtefacts(dir),
    files: createCaptureFiles({ roots: [dir], maxBytes: 1e9 }),
    sandbox: noSandbox,
    analyze,
    page: fakePage,
    clock,
    log,
    policy: options.policy ?? {},
    timing: TIMING,
    tickMs: 1000,
    maxCaptureBytes: options.maxCaptureBytes ?? 1e9,
    deleteBlobs: options.deleteBlobs ?? false,
    sessionId: 'test',
    newId: () => crypto.randomUUID().replaceAll('-', ''),
  });
  const close = (): void => {
    bare.close();
    liveness.close();
  };
  return {
    ...wired,
    store,
    startCapture: async (input: StartRequest, call: CallContext) =>
      begun(await wired.startCapture(input, call)),
    /** As callers get it: several targets, or an answer that nothing was started yet. */
    request: (input: StartRequest, call: CallContext) => wired.startCapture(input, call),
    discard: (task_id: string, wait_seconds = 0) => discard(wired, { task_id, wait_seconds }),
    die: async () => {
      await wired.driver.stop();
      close();
    },
    /** As a kill leaves it: whatever is under way hangs for ever, and the kernel frees the lock. */
    abandon: async () => {
      void wired.driver.stop();
      close();
    },
  };
}

/** Throws a task away as a caller does whom nobody can ask: with the plan of a first call, where the policy wants one. */
export async function discard(
  { stopCapture }: Pick<UseCases, 'stopCapture'>,
  task: { task_id: string; wait_seconds: number },
  call: CallContext = quietCall,
): Promise<StopView> {
  const asked = await stopCapture({ ...task, discard: true }, call);
  return asked.approval === null
    ? asked
    : stopCapture({ ...task, discard: true, plan_id: asked.approval.plan_id }, call);
}

/** The task of a start that nothing held up. */
function begun(view: StartView) {
  const { task_id } = view;
  if (task_id === null) {
    throw new Error(`nothing was started: ${view.status}`);
  }
  return { ...view, task_id };
}

export type Orchestrator = Awaited<ReturnType<typeof openOrchestrator>>;
