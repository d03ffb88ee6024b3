import type Docker from 'dockerode';
import { CapwrightError } from '../../../domain/errors.ts';
import { NO_ISOLATION } from '../../../domain/isolation.ts';
import type { Clock, Log, Sandbox, SandboxStatus } from '../../../ports.ts';
import { limitsFor } from '../limits.ts';
import { diagnose } from './engine.ts';
import { outdatedDays } from './image.ts';
import { listLeftovers, removeLeftover } from './leftovers.ts';
import { isolationOf, openDocker } from './open.ts';
import { createRoom, type Room } from './room.ts';
import { chooseRuntime, runtimeLimits } from './runtime.ts';
import { imageTrouble, unenforced } from './trouble.ts';

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
  /** Container runtime that the engine knows by this name, such as `runsc`. Default: the engine's own default. */
  runtime?: string;
  /**
   * How captures get to the engine: mounted as they are, or copied into a volume of it. Default `auto`: mounted unless
   * the engine is reached over the network, does not see the file, or sees another one in its place.
   */
  transfer?: 'auto' | 'bind' | 'volume';
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
    open: (options) => explained((docker) => openDocker(room, docker, options)),
    status: () => status(room),
    leftovers: () => explained((docker) => listLeftovers({ ...deps, docker })),
    remove: (id) => explained((docker) => removeLeftover({ ...deps, docker }, id)),
  };
}

async function status(room: Room): Promise<SandboxStatus> {
  try {
    const facts = await room.facts();
    if (facts.missing.length > 0) return unready(unenforced(facts).message, 'docker info');
    const runtime = chooseRuntime(room.deps.runtime, facts);
    const state = await room.imageState();
    if (state !== 'ready') return unready(`Docker ${facts.version} runs. ${imageTrouble(state)}`, room.setup);
    const image = await room.image();
    const days = await outdatedDays(await room.engine(), image, room.deps);
    const note =
      days === null ? '' : `; its packages are ${days} days old and lack the security updates since`;
    return {
      ready: true,
      detail: `Docker ${facts.version}, image ${image}${note}`,
      fix: days === null ? null : `${room.setup} -- --rebuild`,
      isolation: isolationOf(facts, runtimeLimits(runtime, limitsFor(0, facts), facts.memoryBytes), runtime),
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
