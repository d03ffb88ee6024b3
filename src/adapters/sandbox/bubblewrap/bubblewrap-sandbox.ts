import { availableParallelism, totalmem } from 'node:os';
import { CapwrightError } from '../../../domain/errors.ts';
import { NO_ISOLATION } from '../../../domain/isolation.ts';
import type {
  Clock,
  Isolation,
  Log,
  Sandbox,
  SandboxLimits,
  SandboxSession,
  SandboxStatus,
} from '../../../ports.ts';
import { limitsFor, withMemory } from '../limits.ts';
import { openSession } from '../session.ts';
import { stageCapture } from '../stage.ts';
import { listLeftovers, removeLeftover } from './leftovers.ts';
import { createLife } from './life.ts';
import { findReadiness, type Readiness, type Ready } from './readiness.ts';
import { explain, unavailable } from './trouble.ts';

export interface BubblewrapSandboxDeps {
  /** Folder with seccomp.json. */
  sandboxDir: string;
  /** Private folder for copies of captures that others may not read; made when needed. */
  stagingDir: string;
  /** This process, as `instanceAlive` of any sibling knows it; letters, digits, dots, dashes, underscores. */
  instanceId: string;
  instanceAlive: (id: string) => boolean;
  clock: Clock;
  log: Log;
  /** What a person types to get a sandbox of another kind. Default: npm run setup. */
  setupCommand?: string;
  /** Where bubblewrap and its like are looked for. Default: the system's folders, whatever this process's PATH. */
  path?: string;
}

/**
 * The sandbox for Linux machines without a container engine: bubblewrap and the machine's own tshark. Nothing runs
 * before the first call. Throws SANDBOX_UNAVAILABLE, with the command that helps, unless a probe has shown in this
 * process that every defence holds here.
 */
export function createBubblewrapSandbox(deps: BubblewrapSandboxDeps): Sandbox {
  const readiness = onceReady(() =>
    findReadiness({
      sandboxDir: deps.sandboxDir,
      instanceId: deps.instanceId,
      clock: deps.clock,
      log: deps.log,
      setupCommand: deps.setupCommand ?? 'npm run setup',
      path: deps.path ?? SYSTEM_PATH,
    }),
  );
  return {
    async open(options) {
      const found = await readiness();
      if (!found.ready) throw unavailable(found.trouble);
      return open(deps, found.room, options);
    },
    async status() {
      return statusOf(await readiness());
    },
    leftovers: () => listLeftovers(deps),
    remove: (id) => removeLeftover(deps, id),
  };
}

const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

async function open(
  deps: BubblewrapSandboxDeps,
  room: Ready,
  options: Parameters<Sandbox['open']>[0],
): Promise<SandboxSession> {
  const { clock, instanceId } = deps;
  const { host, seccomp, tools } = room;
  const capture = await stageCapture(options.capturePath, {
    ...deps,
    readers: host.root ? 'others' : 'owner',
  });
  const limits = limitsFor(capture.bytes, machine(), options.limits);
  const life = createLife({ clock, host, seccomp, instanceId, capture: capture.path, limits });
  try {
    return await openSession(
      {
        clock,
        life,
        workspaceBytes: limits.workspaceBytes,
        isolation: withMemory(isolationOf(room, limits), capture.bytes, limits),
        readTools: async () => tools,
        explain: async (error) => explain(error),
        release: () => capture.release(),
      },
      options.signal,
    );
  } catch (error) {
    await capture.release();
    throw error;
  }
}

const machine = () => ({ memoryBytes: totalmem(), cpus: availableParallelism() });

function statusOf(readiness: Readiness): SandboxStatus {
  if (!readiness.ready) return { ready: false, ...readiness.trouble, isolation: NO_ISOLATION };
  const { version, tools } = readiness.room;
  return {
    ready: true,
    detail: `bubblewrap ${version}, tshark ${tsharkNumber(tools)} of this machine`,
    fix: null,
    isolation: isolationOf(readiness.room, limitsFor(0, machine())),
  };
}

function isolationOf(room: Ready, limits: SandboxLimits): Isolation {
  const memory = `${Math.round(limits.memoryBytes / 1024 ** 2)} MiB`;
  const description =
    `bubblewrap ${room.version}: no network, no capabilities, nothing of the host but its programs, read-only, ` +
    `uid 65534, own seccomp profile, ${memory} memory, ${limits.pids} processes`;
  const lacks = room.host.countsProcessesPerUser ? [...LACKS, ONE_COUNT] : LACKS;
  return { engine: 'bubblewrap', description, lacks };
}

const tsharkNumber = ({ tsharkVersion }: Ready['tools']): string =>
  /\d+(?:\.\d+)+/.exec(tsharkVersion)?.[0] ?? '';

const LACKS = [
  "It shares the host's kernel.",
  "It runs the host's own tshark and tools, whatever their version, and shows scripts all programs in /usr.",
  'The memory of all processes together is watched by the server, not enforced by the kernel.',
  'There is no limit on CPU: commands only run at a lower priority.',
  'Inside, scripts are the same user as what supervises them; ending it only ends the command.',
];

const ONE_COUNT = 'All commands at a time share one limit on processes: this kernel counts them per user.';

/** Remembers that the sandbox is ready, but not that it is not: a person may have helped meanwhile. */
function onceReady(find: () => Promise<Readiness>): () => Promise<Readiness> {
  let known: Promise<Readiness> | null = null;
  return async () => {
    const asked = (known ??= find());
    const forget = (): void => {
      if (known === asked) known = null;
    };
    try {
      const found = await asked;
      if (!found.ready) forget();
      return found;
    } catch (error) {
      forget();
      throw error instanceof CapwrightError ? error : explain(error);
    }
  };
}
