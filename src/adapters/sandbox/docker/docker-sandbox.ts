import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type Docker from 'dockerode';
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
import { limitsFor } from '../limits.ts';
import { openSession } from '../session.ts';
import { stageCapture } from '../stage.ts';
import { diagnose } from './engine.ts';
import { type EngineFacts, readEngineFacts } from './engine-facts.ts';
import { type ImageState, imageReference, imageState } from './image.ts';
import { createToolsReader, type ToolsReader } from './image-tools.ts';
import { listLeftovers, removeLeftover } from './leftovers.ts';
import { createLife } from './life.ts';
import { containerOptions } from './profile.ts';
import { explain, imageTrouble, sourcesMissing, unenforced } from './trouble.ts';

export interface DockerSandboxDeps {
  /** Default: the socket of this machine, or what DOCKER_HOST names. */
  docker?: Docker;
  /** Default: the image that belongs to the sources in `sandboxDir`. */
  image?: string;
  /** Folder with the image's sources and seccomp.json. */
  sandboxDir: string;
  /** Private folder for copies of captures that others may not read; made when needed. */
  stagingDir: string;
  /** This process, as `instanceAlive` of any sibling knows it; letters, digits, dots, dashes, underscores. */
  instanceId: string;
  instanceAlive: (id: string) => boolean;
  clock: Clock;
  log: Log;
  /** What a person types to make a machine ready. Default: npm run setup. */
  setupCommand?: string;
  /** Longest life of one container. Default 900. */
  ttlSeconds?: number;
}

/**
 * The sandbox on Docker. Nothing is asked of the engine before the first call, so a server starts without one.
 * Throws SANDBOX_UNAVAILABLE where there is none to use, with the command that helps.
 */
export function createDockerSandbox(deps: DockerSandboxDeps): Sandbox {
  const room = createRoom(deps);
  const explained = async <T>(work: (docker: Docker) => Promise<T>): Promise<T> => {
    try {
      return await work(await room.engine());
    } catch (error) {
      throw await room.explain(error);
    }
  };
  return {
    open: (options) => explained((docker) => open(room, docker, options)),
    status: () => status(room),
    leftovers: () => explained((docker) => listLeftovers({ ...deps, docker })),
    remove: (id) => explained((docker) => removeLeftover({ ...deps, docker }, id)),
  };
}

/** What every call needs, read when it is first needed. */
interface Room {
  deps: DockerSandboxDeps;
  setup: string;
  engine: () => Promise<Docker>;
  facts: () => Promise<EngineFacts>;
  image: () => Promise<string>;
  imageState: () => Promise<ImageState>;
  seccomp: () => Promise<string>;
  explain: (error: unknown) => Promise<CapwrightError>;
  tools: ToolsReader;
}

function createRoom(deps: DockerSandboxDeps): Room {
  const { clock, sandboxDir } = deps;
  const setup = deps.setupCommand ?? 'npm run setup';
  const engine = once(async () => deps.docker ?? new (await import('dockerode')).default());
  const image = once(async () => deps.image ?? (await imageReference(sandboxDir).catch(sourcesMissing)));
  const readImageState = async (): Promise<ImageState> =>
    imageState(await engine(), await image(), { clock });
  return {
    deps,
    setup,
    engine,
    facts: once(async () => readEngineFacts(await engine(), { clock })),
    image,
    imageState: readImageState,
    seccomp: once(async () => {
      const profile = await readFile(join(sandboxDir, 'seccomp.json'), 'utf8').catch(sourcesMissing);
      return JSON.stringify(JSON.parse(profile));
    }),
    explain: (error) => explain(error, readImageState, setup),
    tools: createToolsReader(clock, setup),
  };
}

async function open(
  room: Room,
  docker: Docker,
  options: Parameters<Sandbox['open']>[0],
): Promise<SandboxSession> {
  const { deps } = room;
  const [facts, image, seccomp] = await Promise.all([room.facts(), room.image(), room.seccomp()]);
  if (facts.missing.length > 0) throw unenforced(facts);
  const capture = await stageCapture(options.capturePath, deps);
  const limits = limitsFor(capture.bytes, facts, options.limits);
  const profile = { image, capture: capture.path, limits, seccomp, instanceId: deps.instanceId };
  const life = createLife({
    docker,
    clock: deps.clock,
    log: deps.log,
    ttlSeconds: deps.ttlSeconds ?? 900,
    profile: (ttlSeconds, expiresAtSeconds) => containerOptions({ ...profile, ttlSeconds, expiresAtSeconds }),
  });
  try {
    return await openSession(
      {
        clock: deps.clock,
        life,
        workspaceBytes: limits.workspaceBytes,
        isolation: isolationOf(facts, limits),
        readTools: async (signal) => room.tools(image, (await life.container(0, signal)).handle, signal),
        explain: room.explain,
        release: () => capture.release(),
      },
      options.signal,
    );
  } catch (error) {
    await capture.release();
    throw error;
  }
}

async function status(room: Room): Promise<SandboxStatus> {
  try {
    const facts = await room.facts();
    if (facts.missing.length > 0) return unready(unenforced(facts).message, 'docker info');
    const state = await room.imageState();
    if (state !== 'ready') return unready(`Docker ${facts.version} runs. ${imageTrouble(state)}`, room.setup);
    return {
      ready: true,
      detail: `Docker ${facts.version}, image ${await room.image()}`,
      fix: null,
      isolation: isolationOf(facts, limitsFor(0, facts)),
    };
  } catch (error) {
    if (error instanceof CapwrightError) return unready(error.message, error.next);
    const { detail, fix } = diagnose(error, room.setup);
    return unready(detail, fix);
  }
}

const unready = (detail: string, fix: string): SandboxStatus => ({
  ready: false,
  detail,
  fix,
  isolation: NO_ISOLATION,
});

function isolationOf(facts: EngineFacts, limits: SandboxLimits): Isolation {
  const memory = `${Math.round(limits.memoryBytes / 1024 ** 2)} MiB`;
  const description =
    `Docker ${facts.version} container: no network, no capabilities, read-only root, uid 65534, own seccomp profile, ` +
    `${memory} memory, ${limits.pids} processes, ${limits.cpus} CPU`;
  return { engine: 'docker', description, lacks: ["It shares the host's kernel."] };
}

/** Remembers what `work` gave, but not that it failed. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let known: Promise<T> | null = null;
  return () => {
    known ??= work().catch((error: unknown) => {
      known = null;
      throw error;
    });
    return known;
  };
}
