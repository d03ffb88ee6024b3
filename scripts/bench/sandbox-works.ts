import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSystemClock } from '../../src/adapters/process/system-clock.ts';
import { createAnalyze } from '../../src/forensics/analyze.ts';
import { createCheckEvidence } from '../../src/forensics/verify/check-evidence.ts';
import { createMeasure } from '../../src/forensics/measure/measure.ts';
import { loadPrompts } from '../../src/forensics/prompts.ts';
import { createScriptChecker } from '../../src/forensics/plan/check-script.ts';
import { runScript } from '../../src/forensics/run-script.ts';
import { generateScenario } from '../../src/local-azure/traffic/scenario.ts';
import { CAPTURE_PATH, type InspectedFile, type Sandbox, type SandboxSession } from '../../src/ports.ts';

const tshark = (...args: string[]): string[] => ['tshark', '-n', '-r', CAPTURE_PATH, ...args];

/** What a person would ask of a capture, once each. */
export const COMMANDS = [
  tshark('-q', '-z', 'io,phs'),
  tshark('-q', '-z', 'conv,tcp'),
  tshark('-T', 'fields', '-e', 'frame.number', '-e', 'ip.src', '-e', 'tcp.flags'),
];

/** A capture that this benchmark makes itself: nothing hostile ever runs bare. */
export function madeCapture(folder: string, seconds: number): InspectedFile {
  const local = { address: '10.0.0.4' };
  const { pcap } = generateScenario({
    seed: 7,
    startTime: 1_780_000_000,
    durationSeconds: seconds,
    local,
  });
  const path = join(folder, 'made.pcap');
  writeFileSync(path, pcap, { mode: 0o644 });
  return { path, bytes: pcap.length, sha256: () => Promise.resolve('0'.repeat(64)), format: 'pcap' };
}

/** Opens a session, works, and stops it whatever happened. */
export async function inSession<T>(
  sandbox: Sandbox,
  file: InspectedFile,
  work: (session: SandboxSession) => Promise<T>,
): Promise<T> {
  const session = await sandbox.open({ capturePath: file.path, signal: new AbortController().signal });
  try {
    return await work(session);
  } finally {
    await session.stop();
  }
}

/** One command in a session, which has to succeed: what fails early would look fast. */
export async function runIn(session: SandboxSession, argv: readonly string[]): Promise<void> {
  const result = await session.run({ argv, timeoutMs: 120_000, maxOutputBytes: 64 * 1024 * 1024 });
  if (result.isError) throw new Error(`${argv[0]} ended as ${result.outcome}, exit code ${result.exitCode}`);
}

/** The three commands in one session. */
export function threeRuns(sandbox: Sandbox, file: InspectedFile): Promise<void> {
  return inSession(sandbox, file, async (session) => {
    for (const argv of COMMANDS) await runIn(session, argv);
  });
}

/** The three commands as the script of an attempt each: upload, chmod, checks, run. */
export async function threeAttempts(session: SandboxSession): Promise<void> {
  const checker = createScriptChecker(session);
  for (const [index, argv] of COMMANDS.entries()) {
    const run = await runScript(session, {
      script: argv.join(' '),
      checker,
      attempt: index + 1,
      timeoutMs: 120_000,
      nonce: randomUUID(),
      damaged: false,
      signal: new AbortController().signal,
    });
    if (run.failure !== null) throw new Error(run.failure.problem);
  }
}

/** A whole analysis with the built-in playbook: measuring pass, script, report. */
export async function analysis(sandbox: Sandbox, file: InspectedFile): Promise<void> {
  const analyze = createAnalyze({
    sandbox,
    measure: createMeasure(),
    checkEvidence: createCheckEvidence(),
    model: null,
    prompts: loadPrompts(),
    maxRetries: 0,
    clock: createSystemClock(),
    log: () => undefined,
    nonce: randomUUID,
  });
  const call = { signal: new AbortController().signal, progress: () => undefined };
  const { authorship } = await analyze({ file, context: null, llm: 'off' }, call);
  if (!authorship.scriptSucceeded) throw new Error('the playbook did not run to its end');
}
