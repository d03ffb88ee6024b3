import type { ApprovedBy } from '../domain/approval.ts';
import { CapwrightError } from '../domain/errors.ts';
import { StartCaptureInput } from '../domain/inputs.ts';
import { sessionTerms } from '../domain/session-terms.ts';
import type { Task } from '../domain/task.ts';
import type { Prepared } from './prepare-capture.ts';

export interface Making {
  now: number;
  /** Used where the caller names no session. */
  sessionId: string;
  approvedBy: ApprovedBy;
}

/** The tasks that one call makes, one for each target; several know each other. */
export function newTasks(
  inputs: readonly StartCaptureInput[],
  prepared: readonly Prepared[],
  making: Making,
): Task[] {
  const taskIds = prepared.map(({ id }) => id);
  const [first] = taskIds;
  const group = taskIds.length < 2 || first === undefined ? null : { id: first, taskIds };
  return prepared.flatMap(({ id, found, deleteBlobs }, n) => {
    const input = inputs[n];
    return input === undefined
      ? []
      : [newTask(input, { id, group, plan: found.plan, deleteBlobs, ...making })];
  });
}

function newTask(
  input: StartCaptureInput,
  made: Making & Pick<Task, 'id' | 'group' | 'plan' | 'deleteBlobs'>,
): Task {
  return {
    id: made.id,
    sessionId: input.session_id ?? made.sessionId,
    requestId: input.request_id ?? null,
    group: made.group,
    parameters: { ...parametersOf(input), approved_by: made.approvedBy },
    investigationContext: input.investigation_context ?? null,
    autoAnalyze: input.auto_analyze,
    llm: input.llm,
    privacy: input.privacy ?? 'full',
    plan: made.plan,
    deleteBlobs: made.deleteBlobs,
    blobsGone: false,
    createdAt: made.now,
    updatedAt: made.now,
    since: made.now,
    lookedAt: made.now,
    unclearUntil: null,
    failures: 0,
    lastFailure: null,
    nextAt: made.now,
    provisioningState: null,
    captureStatus: null,
    stopReason: null,
    storagePath: null,
    state: 'requested',
  };
}

/** What makes two requests the same; the session only says where a task is filed. */
function parametersOf(input: StartCaptureInput): Task['parameters'] {
  const { session_id: _session, request_id: _request, ...parameters } = input;
  return parameters;
}

/** Throws REQUEST_ID_REUSED where the tasks of an earlier call were asked for with other arguments. */
export function mustBeSameRequest(earlier: readonly Task[], inputs: readonly StartCaptureInput[]): void {
  const differing = new Set(
    earlier.length === inputs.length
      ? earlier.flatMap((task, n) => differences(task, inputs[n]))
      : ['targets'],
  );
  const [first] = earlier;
  if (first !== undefined && differing.size > 0) {
    throw new CapwrightError(
      'REQUEST_ID_REUSED',
      `request_id "${first.requestId}" belongs to task ${first.id}, which was asked for with other arguments (${[...differing].join(', ')}).`,
      `Call check_task with task_id "${first.id}", or start_capture with a new request_id.`,
    );
  }
}

function differences(earlier: Task, input: StartCaptureInput | undefined): string[] {
  const before = comparable(earlier.parameters);
  const asked = comparable(input === undefined ? {} : parametersOf(input));
  return [...new Set([...Object.keys(before), ...Object.keys(asked)])].filter(
    (key) => JSON.stringify(before[key]) !== JSON.stringify(asked[key]),
  );
}

/** With every default filled in: a task may be older than an argument, or than the default of one. */
function comparable({ approved_by: _approvedBy, ...parameters }: Task['parameters']): Task['parameters'] {
  const whole = StartCaptureInput.safeParse(parameters).data;
  return whole === undefined
    ? parameters
    : { ...parametersOf(whole), duration_seconds: sessionTerms(whole).durationSeconds };
}
