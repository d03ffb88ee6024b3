import type { Timing } from '../domain/next-action.ts';
import type { Policy } from '../domain/policy.ts';
import type { Results } from '../domain/results.ts';
import type { Analyze } from '../forensics/analyze.ts';
import type {
  Artefacts,
  AuditFiles,
  AuditLog,
  CaptureFiles,
  Clock,
  Cloud,
  Log,
  ReportPage,
  Sandbox,
  TaskStore,
} from '../ports.ts';
import { createAnalyzePcap } from './analyze-pcap.ts';
import { createAnalyzeTask } from './analyze-task.ts';
import { createApprovals } from './approvals.ts';
import { createApprovedCleanup } from './approve-cleanup.ts';
import { createApprovedStop } from './approve-stop.ts';
import { createCheckTask } from './check-task.ts';
import { createCleanupOrphans } from './cleanup-orphans.ts';
import { createDriver, type Driver } from './driver.ts';
import { createPerform } from './effects.ts';
import { createFindOrphans } from './find-orphans.ts';
import { createGuardrails } from './guardrails.ts';
import { createListTasks } from './list-tasks.ts';
import { createPlanCapture } from './plan-capture.ts';
import { createPrepareCapture } from './prepare-capture.ts';
import { createResults } from './results.ts';
import { createRestoreAudit } from './restore-audit.ts';
import { createRunAnalysis } from './run-analysis.ts';
import { createRunTaskAnalysis } from './run-task-analysis.ts';
import { createStartCapture } from './start-capture.ts';
import { createStopCapture } from './stop-capture.ts';
import { createViewTask } from './task-view.ts';
import type { UseCases } from './use-cases.ts';

/** All that the use-cases stand on. */
export interface Parts {
  store: TaskStore;
  cloud: Cloud;
  audit: AuditLog;
  auditFiles: AuditFiles;
  artefacts: Artefacts;
  files: CaptureFiles;
  sandbox: Sandbox;
  analyze: Analyze;
  page: ReportPage;
  clock: Clock;
  log: Log;
  policy: Policy;
  timing: Timing;
  /** Between two looks for tasks that want attention, in milliseconds. */
  tickMs: number;
  maxCaptureBytes: number;
  deleteBlobs: boolean;
  /** Used where a caller names no session. */
  sessionId: string;
  /** Of a task, a plan or an analysis; unguessable. */
  newId: () => string;
}

export interface Wired extends UseCases {
  driver: Driver;
  /** What can be read of tasks. */
  results: Results;
}

const DAY_MS = 86_400_000;

/** The use-cases and the driver behind them; nothing runs until one is called or the driver is started. */
export function wireUseCases(parts: Parts): Wired {
  const { store, cloud, artefacts, sandbox, clock, log, policy, timing, sessionId } = parts;
  const { newId, deleteBlobs, maxCaptureBytes } = parts;
  const { driver, runAnalysis, runTaskAnalysis } = wireDriver(parts);
  const viewTask = createViewTask({ artefacts, clock, timing });
  const guardrails = createGuardrails({ policy, store, artefacts, clock });
  const approvals = createApprovals({ policy, store, clock, newPlanId: newId });
  const retentionMs = policy.retention_days === undefined ? null : policy.retention_days * DAY_MS;
  const findOrphans = createFindOrphans({ store, cloud, sandbox, artefacts, driver, clock, retentionMs });
  const prepare = createPrepareCapture({ cloud, store, guardrails, newTaskId: newId, deleteBlobs });
  const stop = createStopCapture({ store, driver, viewTask, clock });
  const cleanup = createCleanupOrphans({ store, findOrphans, driver, guardrails, clock, newPlanId: newId });
  return {
    driver,
    results: createResults({ store, artefacts, viewTask }),
    startCapture: createStartCapture({
      prepare,
      guardrails,
      approvals,
      store,
      driver,
      viewTask,
      clock,
      sessionId,
    }),
    planCapture: createPlanCapture({ prepare, guardrails, sessionId }),
    checkTask: createCheckTask({ store, driver, viewTask, clock }),
    stopCapture: createApprovedStop({ stop, approvals, store, viewTask }),
    listTasks: createListTasks({ store }),
    analyzePcap: createAnalyzePcap({
      store,
      cloud,
      artefacts,
      guardrails,
      runAnalysis,
      runTaskAnalysis,
      newAnalysisId: newId,
      maxCaptureBytes,
    }),
    cleanupOrphans: createApprovedCleanup({ cleanup, approvals, guardrails, store, log }),
  };
}

function wireDriver(parts: Parts) {
  const { store, cloud, audit, auditFiles, artefacts, files, analyze, page, clock, log, timing } = parts;
  const { tickMs, maxCaptureBytes } = parts;
  const runAnalysis = createRunAnalysis({ files, analyze, artefacts, page, log });
  const runTaskAnalysis = createRunTaskAnalysis({ files, artefacts, page, runAnalysis, log });
  const driver = createDriver({
    store,
    audit,
    perform: createPerform({ cloud, artefacts, clock, log, timing, maxCaptureBytes }),
    analyzeTask: createAnalyzeTask({ runTaskAnalysis, clock, log }),
    clock,
    log,
    timing,
    tickMs,
    restoreAudit: createRestoreAudit({ store, files: auditFiles, log }),
  });
  return { driver, runAnalysis, runTaskAnalysis };
}
