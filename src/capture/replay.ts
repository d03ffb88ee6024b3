import { Analysis } from '../domain/analysis.ts';
import { AttemptsIndex, isKeptName } from '../domain/attempts.ts';
import { CapwrightError } from '../domain/errors.ts';
import { compareRuns, type ReplayedRun, type ReplayRequest, type Rerun } from '../domain/replay.ts';
import { unknownTask } from '../domain/task-errors.ts';
import type { Artefacts, CallContext, CaptureFiles, InspectedFile, KeptFile } from '../ports.ts';

export interface ReplayDeps {
  artefacts: Pick<Artefacts, 'list' | 'readFile' | 'capturePath'>;
  files: Pick<CaptureFiles, 'inspect'>;
  rerun: Rerun;
}

export type Replay = (request: ReplayRequest, call: CallContext) => Promise<ReplayedRun[]>;

/**
 * Runs the script of a finished analysis again on the same capture and compares what it prints; of several machines
 * each. Throws UNKNOWN_TASK, TASK_NOT_READY where no script was run, FILE_NOT_FOUND where the capture is gone, and
 * INVALID_ARGUMENT where it is another one.
 */
export function createReplay(deps: ReplayDeps): Replay {
  return async ({ id, capture }, call) => {
    const files = isKeptName(id) ? await deps.artefacts.list(id) : [];
    if (files.length === 0) throw unknownTask();
    const stored = (await Promise.all(analysesIn(files).map((name) => readStored(deps, id, name)))).filter(
      ({ kept }) => kept !== null,
    );
    if (stored.length === 0) throw noScript(id);
    const runs: ReplayedRun[] = [];
    for (const one of stored) {
      call.progress({ fraction: runs.length / stored.length, message: 'Running the script again.' });
      runs.push(await replayOne(deps, one, capture, call.signal));
    }
    return runs;
  };
}

const SUFFIX = 'analysis.json';
const analysesIn = (files: readonly KeptFile[]): string[] =>
  files.map(({ name }) => name).filter((name) => !name.includes('/') && name.endsWith(SUFFIX));

/** An analysis with the run to compare with: the last of its script; null where it was never run. */
interface Stored {
  machine: string | null;
  analysis: Analysis;
  kept: Analysis['results'][number] | null;
  /** Where the capture was when it was analysed, as far as that was kept. */
  path: string;
  byModel: boolean;
}

async function readStored({ artefacts }: ReplayDeps, id: string, name: string): Promise<Stored> {
  const prefix = name.slice(0, -SUFFIX.length);
  const analysis = Analysis.parse(JSON.parse(await artefacts.readFile(id, name)));
  const kept = analysis.results.findLast(({ command }) => command.startsWith('/bin/bash /')) ?? null;
  const index = await artefacts
    .readFile(id, `attempts/${prefix}index.json`)
    .then((text) => AttemptsIndex.parse(JSON.parse(text)))
    .catch(() => null);
  return {
    machine: prefix === '' ? null : prefix.slice(0, -1),
    analysis,
    kept: analysis.script === '' ? null : kept,
    path: index?.capture.path ?? artefacts.capturePath(id),
    byModel: index?.attempts.some(({ exchanges }) => exchanges.length > 0) ?? true,
  };
}

function noScript(id: string): CapwrightError {
  return new CapwrightError(
    'TASK_NOT_READY',
    `The analysis of ${id} ran no script, or is not over: there is nothing to run again.`,
    'Wait for it with check_task, or analyse its capture anew with analyze_pcap.',
  );
}

async function replayOne(
  { files, rerun }: ReplayDeps,
  { machine, analysis, kept, path, byModel }: Stored,
  copy: string | null,
  signal: AbortSignal,
): Promise<ReplayedRun> {
  const expected = analysis.capture.sha256;
  const file = await find(files, copy ?? path, expected, signal);
  const sha256 = await file.sha256();
  if (sha256 !== expected) {
    throw new CapwrightError(
      'INVALID_ARGUMENT',
      `${file.path} is not the capture that was analysed: its SHA-256 is ${sha256}, not ${expected}.`,
      'Name the right one with --capture FILE.',
    );
  }
  const before = { stdout: '', stderr: '', exitCode: null, ...kept };
  const now = await rerun({
    path: file.path,
    bytes: file.bytes,
    script: analysis.script,
    byModel,
    signal,
  });
  return {
    machine,
    ...compareRuns(before, now),
    tools: { kept: analysis.sandbox, now: now.tools },
    capture: { path: file.path, sha256 },
  };
}

async function find(
  files: ReplayDeps['files'],
  path: string,
  sha256: string,
  signal: AbortSignal,
): Promise<InspectedFile> {
  try {
    return await files.inspect(path, 'anywhere', signal);
  } catch (error) {
    if (!(error instanceof CapwrightError) || error.code !== 'FILE_NOT_FOUND') throw error;
    throw new CapwrightError(
      'FILE_NOT_FOUND',
      `The capture is gone: ${path} is not there.`,
      `Bring it back there, or name a copy with --capture FILE; its SHA-256 has to be ${sha256}.`,
      error,
    );
  }
}
