import type { Analysis } from '../domain/analysis.ts';
import type { CapturePart } from '../domain/capture-part.ts';
import { leavesManyFiles } from '../domain/capture-plan.ts';
import { apart, machinesOf, type MachineFiles } from '../domain/capture-units.ts';
import { CapwrightError, toFailure, type ErrorCode } from '../domain/errors.ts';
import { mergeAnalyses } from '../domain/merged-analysis.ts';
import { prefixOf, type AnalyzedUnit, type FailedUnit, type MergedInput } from '../domain/merged-input.ts';
import { addUsage, NO_USAGE, type ModelUsage } from '../domain/model-usage.ts';
import { stricter, type Privacy } from '../domain/privacy/privacy.ts';
import { filesOf, missingOf, type AnalysisRef, type Task } from '../domain/task.ts';
import type { WithoutSandbox } from '../forensics/analyze.ts';
import type { Artefacts, CallContext, CaptureFiles, Log, ReportPage } from '../ports.ts';
import { saveAnalysis, type RunAnalysis } from './run-analysis.ts';

export interface TaskAnalysisRequest {
  /** Folder of the results: the task's own, or one made for this analysis. */
  id: string;
  task: Task;
  context: string | null;
  llm: 'auto' | 'off';
  /** What a model may be told; never more than is configured. */
  privacy?: Privacy;
  /** Every filter of a finding over the whole capture again. */
  verify?: boolean;
  /** Whether an overview will do where there is no sandbox; a task itself waits for one. */
  withoutSandbox?: WithoutSandbox;
}

export type RunTaskAnalysis = (
  request: TaskAnalysisRequest,
  call: CallContext,
) => Promise<{ analysis: Analysis; ref: AnalysisRef }>;

export interface RunTaskAnalysisDeps {
  files: CaptureFiles;
  artefacts: Artefacts;
  page: ReportPage;
  runAnalysis: RunAnalysis;
  log: Log;
}

/**
 * Analyses all that a task has downloaded. Files of one machine are put together first; several machines are
 * analysed one after the other and reported as one. A machine whose analysis fails is named and costs the others
 * nothing; where all fail, or the sandbox itself is gone, it throws that error. Throws TASK_NOT_READY without files.
 */
export function createRunTaskAnalysis(deps: RunTaskAnalysisDeps): RunTaskAnalysis {
  return async (request, call) => {
    const { id, task, context, llm, verify = false, withoutSandbox = 'fail' } = request;
    const privacy = privacyOf(request);
    const asked = { id, scope: 'anywhere', context, llm, privacy, verify, withoutSandbox } as const;
    const files = filesOf(task);
    const [only] = files;
    if (only === undefined) {
      throw notReady(task);
    }
    if (!leavesManyFiles(task.plan)) {
      return deps.runAnalysis({ ...asked, path: only.path }, call);
    }
    const prepared = await prepare(deps, task, call);
    const [unit] = prepared.units;
    const isOne = task.plan.targetType === 'AzureVM' && prepared.units.length === 1;
    if (isOne && unit !== undefined) {
      const { path, parts } = unit;
      return deps.runAnalysis({ ...asked, path, parts }, call);
    }
    const analysis = mergeAnalyses(await analyzeEach(deps, request, prepared, call));
    call.signal.throwIfAborted();
    return { analysis, ref: await saveAnalysis(deps, id, analysis) };
  };
}

/** What was asked for when the task was started holds for every later look at its capture. */
const privacyOf = ({ task, privacy = 'full' }: TaskAnalysisRequest): Privacy =>
  stricter(task.privacy, privacy);

function notReady(task: Task): CapwrightError {
  return new CapwrightError(
    'TASK_NOT_READY',
    `Task ${task.id} has no downloaded capture (state ${task.state}).`,
    `Call check_task with task_id "${task.id}" until it has ended.`,
  );
}

/** A unit with the one file that stands for it. */
interface ReadyUnit extends MachineFiles {
  path: string;
  parts: CapturePart[];
  bytes: number;
}

interface Prepared {
  units: ReadyUnit[];
  failed: FailedUnit[];
  /** What of the first failure is worth throwing where nothing else is left. */
  errors: unknown[];
  notes: string[];
}

/** Puts the files of each machine together, or leaves them apart and says why. */
async function prepare(deps: RunTaskAnalysisDeps, task: Task, call: CallContext): Promise<Prepared> {
  const prepared: Prepared = { units: [], failed: [], errors: [], notes: [] };
  for (const machine of machinesOf(task.plan, filesOf(task))) {
    call.progress({ fraction: 0, message: `putting the files of ${machine.label} together` });
    try {
      await prepareMachine(deps, task.id, machine, prepared, call.signal);
    } catch (error) {
      call.signal.throwIfAborted();
      giveUp(deps, machine, prepared, error);
    }
  }
  const [first] = prepared.errors;
  if (prepared.units.length === 0) {
    throw first;
  }
  return prepared;
}

async function prepareMachine(
  { files, artefacts }: RunTaskAnalysisDeps,
  taskId: string,
  machine: MachineFiles,
  prepared: Prepared,
  signal: AbortSignal,
): Promise<void> {
  const paths = machine.files.map(({ path }) => path);
  if (paths.length === 1) {
    prepared.units.push(ready(machine));
    return;
  }
  const into = artefacts.capturePath(`${taskId}.combined-${machine.key}`);
  const result = await files.combine(paths, into, signal);
  if (!result.combined) {
    prepared.units.push(...apart(machine).map(ready));
    prepared.notes.push(`${machine.label}: its files were analysed one by one, because ${result.why}.`);
    return;
  }
  prepared.units.push({ ...ready(machine), path: result.path, parts: result.parts });
  const known = new Set(machine.files.map(({ sha256 }) => sha256));
  for (const { name } of result.parts.filter(({ sha256 }) => !known.has(sha256))) {
    prepared.notes.push(`${machine.label}: ${name} is not the file any more that was downloaded.`);
  }
}

function ready(machine: MachineFiles): ReadyUnit {
  const bytes = machine.files.reduce((sum, file) => sum + file.bytes, 0);
  return { ...machine, path: machine.files[0]?.path ?? '', parts: [], bytes };
}

/** One after the other: each has the whole sandbox, and a kill costs the one under way only. */
async function analyzeEach(
  deps: RunTaskAnalysisDeps,
  request: TaskAnalysisRequest,
  prepared: Prepared,
  call: CallContext,
): Promise<MergedInput> {
  const { task, context } = request;
  const analyzed: AnalyzedUnit[] = [];
  const shares = createShares(prepared.units, call);
  for (const unit of prepared.units) {
    try {
      const taken = analyzed.reduce((sum, one) => addUsage(sum, one.analysis.usage ?? NO_USAGE), NO_USAGE);
      analyzed.push(
        await analyzeUnit(deps, { ...request, privacy: privacyOf(request), taken }, unit, shares.next(unit)),
      );
    } catch (error) {
      call.signal.throwIfAborted();
      giveUp(deps, unit, prepared, error);
    }
  }
  const [first] = prepared.errors;
  if (analyzed.length === 0) {
    throw first;
  }
  const { failed, notes } = prepared;
  return { target: task.plan.vmName, context, units: analyzed, failed, missing: [...missingOf(task)], notes };
}

/** Progress over all: each unit counts with its bytes, and the fraction never goes back. */
function createShares(units: readonly ReadyUnit[], call: CallContext) {
  const total = Math.max(
    1,
    units.reduce((sum, { bytes }) => sum + bytes, 0),
  );
  let before = 0;
  let count = 0;
  return {
    next: ({ label, bytes }: ReadyUnit): CallContext => {
      const start = before;
      let inside = 0;
      before += bytes;
      count += 1;
      const heading = `${label} (${count} of ${units.length})`;
      return {
        ...call,
        progress: ({ fraction, message }) => {
          inside = Math.max(inside, fraction ?? 0);
          call.progress({ fraction: (start + inside * bytes) / total, message: `${heading}: ${message}` });
        },
      };
    },
  };
}

/** What the machines before have taken: the model's budget is that of the task. */
interface Taken {
  taken: ModelUsage;
}

/** A sandbox that broke may do it once more; that costs less than doing the whole task again. */
async function analyzeUnit(
  { runAnalysis }: RunTaskAnalysisDeps,
  {
    id,
    context,
    llm,
    privacy = 'full',
    taken,
    verify = false,
    withoutSandbox = 'fail',
  }: TaskAnalysisRequest & Taken,
  unit: ReadyUnit,
  call: CallContext,
): Promise<AnalyzedUnit> {
  const { path, parts, key, instance, label } = unit;
  const prefix = prefixOf(unit);
  const asked = { id, scope: 'anywhere', context, llm, privacy, taken, verify, withoutSandbox } as const;
  const run = () => runAnalysis({ ...asked, path, parts, prefix }, call);
  const { analysis, ref } = await run().catch((error: unknown) => {
    call.signal.throwIfAborted();
    if (error instanceof CapwrightError && error.code === 'SANDBOX_FAILED') {
      return run();
    }
    throw error;
  });
  return { key, instance, label, analysis: digest(analysis), ...ref };
}

/** Not the fault of any one file: trying the next would fail the same way, and the whole is worth repeating. */
const OF_THE_MACHINE = new Set<ErrorCode>(['SANDBOX_UNAVAILABLE', 'DISK_FULL', 'CANCELLED']);

function giveUp(
  { log }: RunTaskAnalysisDeps,
  { key, instance, label }: MachineFiles,
  prepared: Prepared,
  error: unknown,
): void {
  if (error instanceof CapwrightError && OF_THE_MACHINE.has(error.code)) {
    throw error;
  }
  const failure = toFailure(error);
  log('error', 'one of several analyses failed', { unit: key, code: failure.code, error });
  prepared.errors.push(error);
  prepared.failed.push({ key, instance, label, failure });
}

/** What the common report needs; a scale set may have a thousand of them in memory at once. */
function digest(analysis: Analysis): Analysis {
  const { conversations, endpoints } = analysis;
  return {
    ...analysis,
    conversations: conversations.slice(0, KEPT_ROWS),
    endpoints: endpoints.slice(0, KEPT_ROWS),
    script: '',
    results: [],
    report: '',
  };
}

const KEPT_ROWS = 50;
