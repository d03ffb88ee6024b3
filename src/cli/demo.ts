import { copyFile, mkdir, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { createApp, createForensics, type App } from '../app.ts';
import { readConfig } from '../config.ts';
import { CapwrightError } from '../domain/errors.ts';
import { StartCaptureInput } from '../domain/inputs.ts';
import type { AnalysisView, TaskView } from '../domain/views.ts';
import type { CallContext } from '../ports.ts';
import type { Command, Shell } from './command.ts';
import { startLocalAzureProcess, type LocalAzureFacts } from './local-azure-process.ts';
import { createProgressLine } from './progress-line.ts';
import { logOf } from './setting-up.ts';

const DEFAULT_SECONDS = '8';

/** `capwright demo`: the whole main job against the local Azure, told on stderr; the report goes to stdout. */
export const demo: Command = async (args, shell) => {
  const { values } = parseArgs({
    args,
    options: {
      seconds: { type: 'string', default: DEFAULT_SECONDS },
      out: { type: 'string' },
      yes: { type: 'boolean' },
    },
  });
  const tell = (line: string): void => void shell.stderr.write(`${line}\n`);
  const stateDir = await mkdtemp(join(tmpdir(), 'capwright-demo-'));
  tell('Starting a local Azure: ARM over TLS, Azurite for blobs.');
  const azure = await startLocalAzureProcess([]);
  try {
    const ended = await capture(azure, { stateDir, seconds: Number(values.seconds) }, shell, tell);
    await tellAudit(stateDir, tell);
    if (ended.analysis === null) {
      tell(`The task ended as ${ended.status}: ${ended.problem?.message ?? ended.next}`);
      return 1;
    }
    if (values.out !== undefined) await keep(ended.analysis, resolve(shell.cwd, values.out), tell);
    shell.stdout.write(`${await readFile(ended.analysis.report_path, 'utf8')}\n`);
    return 0;
  } finally {
    await azure.stop();
    await rm(stateDir, { recursive: true, force: true });
  }
};

/** The state directory of a demo is gone at its end; what people look at may stay. */
async function keep(
  { report_path: report, html_path: page, analysis_path: facts }: AnalysisView,
  folder: string,
  tell: (line: string) => void,
): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const path of [report, page, facts]) {
    if (path !== null) await copyFile(path, join(folder, basename(path)));
  }
  tell(`Report, page and facts are kept in ${folder}.`);
}

interface Plan {
  stateDir: string;
  seconds: number;
}

async function capture(
  azure: { facts: LocalAzureFacts; environment: Record<string, string> },
  { stateDir, seconds }: Plan,
  shell: Shell,
  tell: (line: string) => void,
): Promise<TaskView> {
  const environment = { ...shell.env, ...azure.environment, CAPWRIGHT_POLL_SECONDS: '1' };
  const config = readConfig(
    {
      ...environment,
      CAPWRIGHT_STATE_DIR: stateDir,
      CAPWRIGHT_SESSION_ID: 'demo',
      CAPWRIGHT_POLICY_FILE: '',
    },
    shell.cwd,
  );
  const log = logOf(shell, 'error');
  const forensics = createForensics(config, log);
  const app = await createApp(config, forensics, log);
  try {
    app.driver.start();
    return await follow(app, request(azure.facts, seconds), shell, tell);
  } finally {
    await app.close();
    forensics.close();
  }
}

function request({ vms, resourceGroup }: LocalAzureFacts, seconds: number): StartCaptureInput {
  return StartCaptureInput.parse({
    target: vms[0],
    resource_group: resourceGroup,
    duration_seconds: seconds,
    investigation_context: 'Users report that the web application is slow and sometimes unreachable.',
  });
}

/** Start, check until the end; Ctrl-C cancels the capture in Azure before we leave. */
async function follow(
  app: App,
  input: StartCaptureInput,
  shell: Shell,
  tell: (line: string) => void,
): Promise<TaskView> {
  const progress = createProgressLine(shell);
  const call = { signal: shell.stop, progress: progress.show };
  tell(`start_capture ${input.target}, ${input.duration_seconds} s`);
  const { task_id: taskId, capture_name: capture, next } = await app.startCapture(input, call);
  if (taskId === null) {
    throw new CapwrightError('INTERNAL', 'The demo asked for an approval, which it has no policy for.', next);
  }
  tell(`task ${taskId}, capture ${capture}`);
  for (let isStopping = false; ;) {
    if (shell.stop.aborted && !isStopping) {
      tell('Stopping: the capture is cancelled and cleaned up first.');
      await discard(app, taskId);
      isStopping = true;
    }
    const view = await app.checkTask(
      { task_id: taskId, wait_seconds: 45 },
      shell.stop.aborted ? quiet() : call,
    );
    if (view.status !== 'task_pending') {
      progress.end();
      await tellLeftovers(app, tell);
      return view;
    }
  }
}

/** Whoever pressed Ctrl-C has approved it. */
async function discard(app: App, taskId: string): Promise<void> {
  const wanted = { task_id: taskId, discard: true, wait_seconds: 0 };
  const { approval } = await app.stopCapture(wanted, quiet());
  if (approval !== null) {
    await app.stopCapture({ ...wanted, plan_id: approval.plan_id }, quiet());
  }
}

/** Asks everywhere instead of claiming: Azure, containers, files. */
async function tellLeftovers(app: App, tell: (line: string) => void): Promise<void> {
  const { items, searched } = await app.cleanupOrphans({}, quiet());
  tell(
    `Left behind: ${items.length === 0 ? 'nothing' : items.map(({ name }) => name).join(', ')} (looked at ${searched.join('; ')})`,
  );
}

function quiet(): CallContext {
  return { signal: new AbortController().signal, progress: () => {} };
}

const AuditLine = z.object({ at: z.string(), seq: z.number(), state: z.string(), event: z.string() });

async function tellAudit(stateDir: string, tell: (line: string) => void): Promise<void> {
  const [name] = await readdir(join(stateDir, 'audit'));
  if (name === undefined) {
    return;
  }
  tell(`The audit (${name}):`);
  for (const line of (await readFile(join(stateDir, 'audit', name), 'utf8')).trimEnd().split('\n')) {
    const { at, seq, state, event } = AuditLine.parse(JSON.parse(line));
    tell(`  ${at}  ${String(seq).padStart(2)}  ${event} -> ${state}`);
  }
}
