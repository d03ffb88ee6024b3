import { CapwrightError } from '../domain/errors.ts';
import type { StartCaptureInput } from '../domain/inputs.ts';
import type { Task } from '../domain/task.ts';
import type { Clock, TaskStore } from '../ports.ts';
import type { Driver } from './driver.ts';
import type { Guardrails } from './guardrails.ts';
import type { PrepareCapture } from './prepare-capture.ts';
import type { ViewTask } from './task-view.ts';
import type { UseCases } from './use-cases.ts';

export interface StartCaptureDeps {
  prepare: PrepareCapture;
  guardrails: Guardrails;
  store: TaskStore;
  driver: Driver;
  viewTask: ViewTask;
  clock: Clock;
  /** Used where the caller names no session. */
  sessionId: string;
}

/** Checks everything that can be checked, stores the task, and only then lets anything happen in Azure. */
export function createStartCapture(deps: StartCaptureDeps): UseCases['startCapture'] {
  const { prepare, guardrails, store, driver, viewTask, clock } = deps;
  return async (input, call) => {
    const earlier = input.request_id === undefined ? null : await store.byRequest(input.request_id);
    if (earlier !== null) {
      mustBeSameRequest(earlier.task, input);
      return viewTask(earlier.task);
    }
    const { id, found } = await prepare(input, 'start', call);
    const task = await store.create(
      newTask(input, { id, plan: found.plan, now: clock.now(), sessionId: deps.sessionId }),
      await guardrails.admission(found),
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
