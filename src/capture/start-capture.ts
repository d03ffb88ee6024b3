import { CapwrightError } from '../domain/errors.ts';
import type { StartCaptureInput } from '../domain/inputs.ts';
import { holdsVm, type Task } from '../domain/task.ts';
import { vmBusy } from '../domain/task-errors.ts';
import type { Clock, Cloud, TaskStore } from '../ports.ts';
import type { Driver } from './driver.ts';
import { validateFilters } from '../domain/filters.ts';
import type { ViewTask } from './task-view.ts';
import type { UseCases } from './use-cases.ts';

export interface StartCaptureDeps {
  cloud: Cloud;
  store: TaskStore;
  driver: Driver;
  viewTask: ViewTask;
  clock: Clock;
  /** Unguessable; whoever knows a task's id may look at it. */
  newTaskId: () => string;
  /** Used where the caller names no session. */
  sessionId: string;
}

/** Checks everything that can be checked, stores the task, and only then lets anything happen in Azure. */
export function createStartCapture(deps: StartCaptureDeps): UseCases['startCapture'] {
  const { cloud, store, driver, viewTask, clock } = deps;
  return async (input, call) => {
    const earlier = input.request_id === undefined ? null : await store.byRequest(input.request_id);
    if (earlier !== null) {
      mustBeSameRequest(earlier.task, input);
      return viewTask(earlier.task);
    }
    validateFilters(input.filters);
    await mustBeFree(store, input);
    const id = deps.newTaskId();
    call.progress({ fraction: null, message: 'checking the VM, Network Watcher and storage' });
    const plan = await cloud.preflight(
      {
        target: input.target,
        resourceGroup: input.resource_group ?? null,
        subscriptionId: input.subscription_id ?? null,
        locationHint: input.location ?? null,
        storageAccount: input.storage_account ?? null,
        storageContainer: input.storage_container ?? null,
        captureName: `capwright-${store.deploymentId}-${id}`,
        durationSeconds: input.duration_seconds,
        totalBytes: input.max_bytes,
        bytesPerPacket: input.bytes_per_packet,
        filters: input.filters,
      },
      call.signal,
    );
    const task = await store.create(
      newTask(input, { id, plan, now: clock.now(), sessionId: deps.sessionId }),
    );
    mustBeSameRequest(task, input);
    driver.nudge(task.id, { analyze: false });
    return viewTask(task);
  };
}

function newTask(
  input: StartCaptureInput,
  made: { id: string; plan: Task['plan']; now: number; sessionId: string },
): Task {
  return {
    id: made.id,
    sessionId: input.session_id ?? made.sessionId,
    requestId: input.request_id ?? null,
    parameters: parametersOf(input),
    investigationContext: input.investigation_context ?? null,
    autoAnalyze: input.auto_analyze,
    llm: input.llm,
    plan: made.plan,
    createdAt: made.now,
    updatedAt: made.now,
    since: made.now,
    failures: 0,
    lastFailure: null,
    nextAt: made.now,
    provisioningState: null,
    captureStatus: null,
    stopReason: null,
    state: 'requested',
  };
}

/** What makes two requests the same; the session only says where a task is filed. */
function parametersOf(input: StartCaptureInput): Task['parameters'] {
  const { session_id: _session, request_id: _request, ...parameters } = input;
  return parameters;
}

function mustBeSameRequest(earlier: Task, input: StartCaptureInput): void {
  const asked = parametersOf(input);
  const keys = new Set([...Object.keys(earlier.parameters), ...Object.keys(asked)]);
  const differing = [...keys].filter(
    (key) => JSON.stringify(earlier.parameters[key]) !== JSON.stringify(asked[key]),
  );
  if (differing.length > 0) {
    throw new CapwrightError(
      'REQUEST_ID_REUSED',
      `request_id "${earlier.requestId}" belongs to task ${earlier.id}, which was asked for with other arguments (${differing.join(', ')}).`,
      `Call check_task with task_id "${earlier.id}", or start_capture with a new request_id.`,
    );
  }
}

/** Saves the calls to Azure where our own table knows that the VM is taken; the store decides in the end. */
async function mustBeFree(store: TaskStore, input: StartCaptureInput): Promise<void> {
  for (const { task } of await store.active()) {
    const { vmId, vmName, vmResourceGroup } = task.plan;
    const meant =
      same(input.target, vmId) ||
      (same(input.target, vmName) && same(input.resource_group ?? '', vmResourceGroup));
    const twin = input.request_id !== undefined && input.request_id === task.requestId;
    if (holdsVm(task) && meant && !twin) {
      throw vmBusy(task);
    }
  }
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
