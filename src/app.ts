import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { createCaptureFiles } from './adapters/local-files/capture-files.ts';
import { createCopiedArtefacts } from './adapters/local-files/debug-copies.ts';
import { makeEmptyCapture } from './adapters/local-files/empty-capture.ts';
import { readPolicyFile } from './adapters/local-files/policy-file.ts';
import { packetCrypto } from './adapters/packet-crypto/packet-crypto.ts';
import { createLog, type Level } from './adapters/process/stderr-log.ts';
import { createSystemClock } from './adapters/process/system-clock.ts';
import { openLiveness, type Liveness } from './adapters/sqlite-task-store/liveness.ts';
import { createCloud } from './app/create-cloud.ts';
import { createModel } from './app/create-model.ts';
import { once } from './app/once.ts';
import { timingOf } from './capture/timing.ts';
import type { Wired } from './capture/wire.ts';
import { ConfigError, type Config } from './config.ts';
import type { VerifyAudit } from './domain/audit-verdict.ts';
import type { Policy } from './domain/policy.ts';
import type { Analyze } from './forensics/analyze.ts';
import type { DrillDown } from './forensics/drill-down/drill-down.ts';
import { PACKAGE_ROOT } from './package-root.ts';
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
} from './ports.ts';

/** Only a checkout has npm's script; an installed package has the file that it runs. */
const SETUP_COMMAND = /[\\/]node_modules[\\/]/.test(PACKAGE_ROOT)
  ? `bash '${join(PACKAGE_ROOT, 'scripts', 'setup.sh')}'`
  : 'npm run setup';

export { createDebugFolder } from './adapters/local-files/debug-copies.ts';
export { createReplayOf } from './app/create-replay.ts';
export { startWatchdog } from './adapters/process/watchdog.ts';

/** What analysing a file needs: no task table, no Azure. */
export interface Forensics {
  clock: Clock;
  files: CaptureFiles;
  sandbox: Sandbox;
  analyze: Analyze;
  drillDown: DrillDown;
  page: ReportPage;
  liveness: Liveness;
  close(): void;
}

/** The whole application, wired; nothing runs until `driver.start()` or a use-case is called. */
export interface App extends Wired {
  /** Ends what is under way without losing it: another process, or the next start, goes on. */
  close(): Promise<void>;
}

/** JSON lines for operators; the stream is stderr. */
export function createStreamLog(stream: Writable, level: Level): Log {
  return createLog({ stream, level, clock: createSystemClock() });
}

export function createForensics(config: Config, log: Log): Forensics {
  const clock = createSystemClock();
  const liveness = openLiveness(join(config.stateDir, 'owners'), randomUUID());
  const sandbox = createSandbox(config, liveness, clock, log);
  const files = createCaptureFiles({
    roots: [join(config.stateDir, 'captures'), ...config.allowedRoots],
    maxBytes: config.maxCaptureBytes,
  });
  const analyze = createLazyAnalyze(config, sandbox, files, clock, log);
  const drillDown = createLazyDrillDown(sandbox, files);
  const page = createLazyPage();
  return { clock, files, sandbox, analyze, drillDown, page, liveness, close: () => liveness.close() };
}

/** What the application keeps and reaches; whoever wires it may stand in between. */
export interface Outside {
  store: TaskStore;
  cloud: Cloud;
  audit: AuditLog;
  auditFiles: AuditFiles;
  artefacts: Artefacts;
}

/** Opens the state directory; Azure is looked for at the first call. */
export async function openOutside(config: Config, forensics: Forensics, log: Log): Promise<Outside> {
  const { openTaskStore } = await import('./adapters/sqlite-task-store/store.ts');
  const { createAuditLog } = await import('./adapters/jsonl-audit-log/audit-log.ts');
  const { createAuditFiles } = await import('./adapters/jsonl-audit-log/audit-files.ts');
  const store = await openTaskStore({
    path: join(config.stateDir, 'capwright.db'),
    liveness: forensics.liveness,
    newDeploymentId: () => randomBytes(4).toString('hex'),
    unreadable: (task) => log('error', 'a record can not be read: damaged, or of a newer version', { task }),
  });
  const auditDir = join(config.stateDir, 'audit');
  const suspects = new Set<string>();
  return {
    store,
    cloud: createCloud(config, `capwright-${store.deploymentId}-`, forensics.clock, log),
    audit: createAuditLog(auditDir, suspects),
    auditFiles: createAuditFiles(auditDir, suspects),
    artefacts: createCopiedArtefacts(config, log),
  };
}

/** `outside` is opened where it is not given; in either case `close` closes its store. */
export async function createApp(
  config: Config,
  forensics: Forensics,
  log: Log,
  outside?: Outside,
): Promise<App> {
  const { clock, files, sandbox, analyze, page } = forensics;
  const policy = policyOf(config);
  const { wireUseCases } = await import('./capture/wire.ts');
  const around = outside ?? (await openOutside(config, forensics, log));
  const wired = wireUseCases({
    ...around,
    files,
    sandbox,
    analyze,
    page,
    clock,
    log,
    policy,
    timing: timingOf(config.pollMs),
    tickMs: Math.min(config.pollMs, 1000),
    maxCaptureBytes: config.maxCaptureBytes,
    deleteBlobs: config.deleteBlobs,
    sessionId: config.sessionId ?? newSessionId(clock),
    newId,
  });
  return {
    ...wired,
    close: async () => {
      await wired.driver.stop();
      around.store.close();
    },
  };
}

/** Checks audit files, and against the journal where the state directory has one; writes nothing. */
export function createAuditCheck({ stateDir }: Config): VerifyAudit {
  return async (...call) => {
    const { createVerifyAudit } = await import('./adapters/jsonl-audit-log/verify-audit.ts');
    const { readSessionJournal } = await import('./adapters/sqlite-task-store/session-journal.ts');
    const journal = join(stateDir, 'capwright.db');
    return createVerifyAudit(async (session) => readSessionJournal(journal, session))(...call);
  };
}

/** 128 random bits: nobody guesses an id, and two servers never make the same. */
function newId(): string {
  return randomBytes(16).toString('hex');
}

function newSessionId(clock: Clock): string {
  const at = new Date(clock.now()).toISOString().replace(/[-:]|\.\d+/g, '');
  return `${at}-${randomBytes(3).toString('hex')}`;
}

/** What follows is loaded when it is first used: a hundred files that no start, and few of the calls, should wait for. */
function createSandbox(config: Config, liveness: Liveness, clock: Clock, log: Log): Sandbox {
  const sandbox = once(async () => {
    const { createSandbox: create } = await import('./adapters/sandbox/choose-sandbox.ts');
    return create({
      ...config.sandbox,
      sandboxDir: join(PACKAGE_ROOT, 'sandbox'),
      stateDir: config.stateDir,
      setupCommand: SETUP_COMMAND,
      instanceId: liveness.self,
      instanceAlive: (id) => liveness.isAlive(id),
      clock,
      log,
    });
  });
  return {
    open: async (options) => (await sandbox()).open(options),
    status: async () => (await sandbox()).status(),
    leftovers: async () => (await sandbox()).leftovers(),
    remove: async (id) => (await sandbox()).remove(id),
  };
}

function createLazyPage(): ReportPage {
  return {
    render: async (analysis) => {
      const { createReportPage } = await import('./adapters/html-report/html-report.ts');
      return createReportPage().render(analysis);
    },
  };
}

function createLazyDrillDown(sandbox: Sandbox, files: CaptureFiles): DrillDown {
  return async (input, call) => {
    const { createDrillDown } = await import('./forensics/drill-down/drill-down.ts');
    return createDrillDown({ sandbox, files, emptyCapture: makeEmptyCapture })(input, call);
  };
}

function createLazyAnalyze(
  config: Config,
  sandbox: Sandbox,
  files: CaptureFiles,
  clock: Clock,
  log: Log,
): Analyze {
  const measuring = once(async () => {
    const { createMeasure } = await import('./forensics/measure/measure.ts');
    return createMeasure({ chunks: (file, signal) => files.chunks(file, signal), crypto: packetCrypto });
  });
  const analyze = once(async () => {
    const [forensics, evidence, { loadPrompts }, { findSecrets }] = await Promise.all([
      import('./forensics/analyze.ts'),
      import('./forensics/verify/check-evidence.ts'),
      import('./forensics/prompts.ts'),
      import('./forensics/spoken-secrets.ts'),
    ]);
    return forensics.createAnalyze({
      sandbox: {
        ...sandbox,
        open: (options) => {
          // Hundreds of files, which load while the engine is at work.
          setImmediate(() => void measuring().catch(() => undefined));
          return sandbox.open(options);
        },
      },
      measure: async (...call) => (await measuring())(...call),
      checkEvidence: evidence.createCheckEvidence(),
      findSecrets,
      files,
      overview: {
        ownReader: async (chunks, input) => {
          const { measureWithoutTools } = await import('./forensics/measure/own-reader.ts');
          return measureWithoutTools(chunks, { ...input, crypto: packetCrypto });
        },
        files,
      },
      model: await createModel(config, log),
      modelLimits: config.modelLimits,
      privacy: config.privacy,
      prompts: loadPrompts(),
      maxRetries: config.maxRetries,
      budget: config.analysisBudget,
      clock,
      log,
      nonce: () => randomBytes(8).toString('hex'),
    });
  });
  return async (input, call) => (await analyze())(input, call);
}

/** A policy that can't be read must not count as none. */
function policyOf({ policyFile }: Config): Policy {
  if (policyFile === null) {
    return {};
  }
  const read = readPolicyFile(policyFile);
  if ('problem' in read) {
    throw new ConfigError(`CAPWRIGHT_POLICY_FILE: ${read.problem}`);
  }
  return read.policy;
}
