import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuditLog } from '../../src/adapters/jsonl-audit-log/audit-log.ts';
import { createArtefacts } from '../../src/adapters/local-files/artefacts.ts';
import { createCaptureFiles } from '../../src/adapters/local-files/capture-files.ts';
import { openLiveness } from '../../src/adapters/sqlite-task-store/liveness.ts';
import { openTaskStore } from '../../src/adapters/sqlite-task-store/store.ts';
import { createAnalyzeTask } from '../../src/capture/analyze-task.ts';
import { createApprovals } from '../../src/capture/approvals.ts';
import { createApprovedCleanup } from '../../src/capture/approve-cleanup.ts';
import { createApprovedStop } from '../../src/capture/approve-stop.ts';
import { createCheckTask } from '../../src/capture/check-task.ts';
import { createCleanupOrphans } from '../../src/capture/cleanup-orphans.ts';
import { createDriver } from '../../src/capture/driver.ts';
import { createPerform } from '../../src/capture/effects.ts';
import { createFindOrphans } from '../../src/capture/find-orphans.ts';
import { createGuardrails } from '../../src/capture/guardrails.ts';
import { createListTasks } from '../../src/capture/list-tasks.ts';
import { createPlanCapture } from '../../src/capture/plan-capture.ts';
import { createPrepareCapture } from '../../src/capture/prepare-capture.ts';
import { createRunAnalysis } from '../../src/capture/run-analysis.ts';
import { createRunTaskAnalysis } from '../../src/capture/run-task-analysis.ts';
import { createStartCapture } from '../../src/capture/start-capture.ts';
import { createStopCapture } from '../../src/capture/stop-capture.ts';
import { createViewTask } from '../../src/capture/task-view.ts';
import { NO_ISOLATION } from '../../src/domain/isolation.ts';
import type { Timing } from '../../src/domain/next-action.ts';
import type { Policy } from '../../src/domain/policy.ts';
import type { StartRequest } from '../../src/domain/start-arguments.ts';
import type { StartView } from '../../src/domain/views.ts';
import type { Analyze } from '../../src/forensics/analyze.ts';
import type {
  Artefacts,
  AuditLog,
  CallContext,
  CaptureFiles,
  Clock,
  Cloud,
  Log,
  Sandbox,
  TaskStore,
} from '../../src/ports.ts';
import { emptyAnalysis } from './analysis.ts';

export const TIMING: Timing = {
  pollMs: 5000,
  provisioningMs: 600_000,
  overdueMs: 60_000,
  stoppingMs: 600_000,
  blobMs: 600_000,
  lateMs: 60_000,
};

export const quietCall: CallContext = { signal: new AbortController().signal, progress: () => {} };

const noSandbox: Sandbox = {
  open: () => Promise.reject(new Error('not used')),
  status: async () => ({ ready: true, detail: 'fake', fix: null, isolation: NO_ISOLATION }),
  leftovers: async () => [],
  remove: async () => {},
};

export function stateDir(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'capwright-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

function newId(): string {
  return crypto.randomUUID().replaceAll('-', '');
}

/** One process worth of orchestrator on a state directory: the real store, driver and use-cases, a given cloud. */
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
  const { dir, clock, cloud, log, policy, analyze, deleteBlobs, maxCaptureBytes } = options;
  const liveness = openLiveness(join(dir, 'owners'), crypto.randomUUID());
  const bare = await openTaskStore({
    path: join(dir, 'capwright.db'),
    liveness,
    newDeploymentId: () => crypto.randomUUID().slice(0, 8),
    unreadable: (task) => log?.('error', 'a record can not be read', { task }),
  });
  const file = createAuditLog(join(dir, 'audit'));
  const wired = wireOrchestrator({
    store: options.wrapStore?.(bare) ?? bare,
    audit: options.wrapAudit?.(file) ?? file,
    artefacts: createArtefacts(dir),
    files: createCaptureFiles({ roots: [dir], maxBytes: 1e9 }),
    clock,
    cloud,
    newId,
    ...(log && { log }),
    ...(policy && { policy }),
    ...(analyze && { analyze }),
    ...(deleteBlobs && { deleteBlobs }),
    ...(maxCaptureBytes && { maxCaptureBytes }),
  });
  return {
    ...wired,
    die: async () => {
      await wired.driver.stop();
      bare.close();
      liveness.close();
    },
    /** As a kill leaves it: whatever is under way hangs for ever, and the kernel frees the lock. */
    abandon: async () => {
      void wired.driver.stop();
      bare.close();
      liveness.close();
    },
  };
}

/** What a process is made of that tests replace. */
export interface Parts {
  store: TaskStore;
  audit: AuditLog;
  artefacts: Artefacts;
  files: CaptureFiles;
  clock: Clock;
  cloud: Cloud;
  newId: () => string;
  analyze?: Analyze;
  log?: Log;
  policy?: Policy;
  tickMs?: number;
  deleteBlobs?: boolean;
  maxCaptureBytes?: number;
}

/** The driver and the use-cases as src/app.ts wires them, on given parts. */
export function wireOrchestrator(parts: Parts) {
  const { store, audit, artefacts, files, clock, cloud, newId: makeId } = parts;
  const { analyze = async () => emptyAnalysis(), log = () => {}, policy = {}, tickMs = 1000 } = parts;
  const runAnalysis = createRunAnalysis({ files, analyze, artefacts });
  const runTaskAnalysis = createRunTaskAnalysis({ files, artefacts, runAnalysis, log });
  const { maxCaptureBytes = 1e9 } = parts;
  const perform = createPerform({ cloud, artefacts, clock, log, timing: TIMING, maxCaptureBytes });
  const analyzeTask = createAnalyzeTask({ runTaskAnalysis, clock, log });
  const driver = createDriver({
    store,
    audit,
    perform,
    analyzeTask,
    clock,
    log,
    timing: TIMING,
    tickMs,
  });
  const viewTask = createViewTask({ artefacts, clock, timing: TIMING });
  const guardrails = createGuardrails({ policy, store, artefacts, clock });
  const findOrphans = createFindOrphans({
    store,
    cloud,
    sandbox: noSandbox,
    artefacts,
    driver,
    clock,
    retentionMs: policy.retention_days === undefined ? null : policy.retention_days * 86_400_000,
  });
  const prepare = createPrepareCapture({
    cloud,
    store,
    guardrails,
    newTaskId: makeId,
    deleteBlobs: parts.deleteBlobs ?? false,
  });
  const approvals = createApprovals({ policy, store, clock, newPlanId: makeId });
  const start = createStartCapture({
    prepare,
    guardrails,
    approvals,
    store,
    driver,
    viewTask,
    clock,
    sessionId: 'test',
  });
  const stopCapture = createStopCapture({ store, driver, viewTask, clock });
  const cleanup = createCleanupOrphans({
    store,
    findOrphans,
    driver,
    guardrails,
    clock,
    newPlanId: makeId,
  });
  return {
    store,
    driver,
    startCapture: async (input: StartRequest, call: CallContext) => begun(await start(input, call)),
    /** As callers get it: several targets, or an answer that nothing was started yet. */
    request: start,
    planCapture: createPlanCapture({ prepare, guardrails, sessionId: 'test' }),
    checkTask: createCheckTask({ store, driver, viewTask, clock }),
    stopCapture,
    listTasks: createListTasks({ store }),
    cancelTask: (task_id: string) => stopCapture({ task_id, discard: true, wait_seconds: 0 }, quietCall),
    cleanupOrphans: cleanup,
    /** As callers get them: with the approval that the policy wants. */
    approvedStop: createApprovedStop({ stop: stopCapture, approvals, store, viewTask }),
    approvedCleanup: createApprovedCleanup({ cleanup, approvals, guardrails, store, log }),
  };
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
