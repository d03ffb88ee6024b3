import { join } from 'node:path';
import type Docker from 'dockerode';
import { CapwrightError } from '../../../domain/errors.ts';
import { NO_ISOLATION } from '../../../domain/isolation.ts';
import type { Clock, Isolation, Log, Sandbox, SandboxLimits, SandboxSession } from '../../../ports.ts';
import type { EngineFacts } from '../docker/engine-facts.ts';
import { listLeftovers, removeLeftover } from '../docker/leftovers.ts';
import { createLife } from '../docker/life.ts';
import { createSelfCheck, type SelfCheck } from '../docker/self-check.ts';
import { limitsFor, withMemory } from '../limits.ts';
import { openSession } from '../session.ts';
import { stageCapture } from '../stage.ts';
import { podmanOptions } from './profile.ts';
import { connect, createReadiness, type Ready } from './readiness.ts';
import type { PodmanPlaces } from './socket.ts';
import { explain, NO_SOCKET, unavailable } from './trouble.ts';
import { createWorkspaceVolume } from './workspace-volume.ts';

export interface PodmanSandboxDeps {
  /** Where its service may listen. */
  places: PodmanPlaces;
  /** Folder with the image's sources and seccomp.json; readable by the Podman service under the same path. */
  sandboxDir: string;
  /** Private folder for copies of captures that others may not read; made when needed. */
  stagingDir: string;
  /** File that remembers what the last probe found. */
  probeFile: string;
  /** This process, as `instanceAlive` of any sibling knows it; letters, digits, dots, dashes, underscores. */
  instanceId: string;
  instanceAlive: (id: string) => boolean;
  clock: Clock;
  log: Log;
  /** Longest life of one container. Default 900. */
  ttlSeconds?: number;
}

/**
 * The sandbox on Podman, spoken to in Docker's words. Used only where a probe has seen every defence hold on this
 * boot with this version and image: Podman takes limits that it then does not enforce. Throws SANDBOX_UNAVAILABLE
 * where it is not there, or does not hold.
 */
export function createPodmanSandbox(deps: PodmanSandboxDeps): Sandbox {
  const selfCheck = createSelfCheck(deps.clock, 'capwright doctor');
  // The probe looks for itself, and names all that it misses.
  const readiness = createReadiness(deps, (ready, options) =>
    open({ deps, selfCheck: null }, ready, options),
  );
  const usable = async (): Promise<Ready> => {
    const found = await readiness();
    if ('trouble' in found) throw unavailable(found.trouble);
    return found;
  };
  const explained = async <T>(work: (docker: Docker) => Promise<T>): Promise<T> => {
    try {
      const service = await connect(deps.places);
      if (service === null) throw unavailable(NO_SOCKET);
      return await work(service.docker);
    } catch (error) {
      throw explain(error);
    }
  };
  return {
    open: async (options) => open({ deps, selfCheck }, await usable(), options),
    async status() {
      const found = await readiness();
      if ('trouble' in found) return { ready: false, ...found.trouble, isolation: NO_ISOLATION };
      const { facts, image } = found;
      return {
        ready: true,
        detail: `Podman ${facts.version}, image ${image}; a probe saw every defence hold`,
        fix: null,
        isolation: isolationOf(facts, limitsFor(0, facts)),
      };
    },
    leftovers: () => explained((docker) => listLeftovers({ ...deps, docker })),
    remove: (id) => explained((docker) => removeLeftover({ ...deps, docker }, id)),
  };
}

export type OpenOptions = Parameters<Sandbox['open']>[0];

async function open(
  { deps, selfCheck }: { deps: PodmanSandboxDeps; selfCheck: SelfCheck | null },
  { docker, facts, image }: Ready,
  options: OpenOptions,
): Promise<SandboxSession> {
  const { clock, log, instanceId } = deps;
  const capture = await stageCapture(options.capturePath, deps);
  const limits = limitsFor(capture.bytes, facts, options.limits);
  const engine = { docker, clock, log };
  const workspace = await createWorkspaceVolume(engine, {
    bytes: limits.workspaceBytes,
    instanceId,
    signal: options.signal,
  }).catch(async (error: unknown) => {
    await capture.release();
    throw explain(error);
  });
  const seccomp = join(deps.sandboxDir, 'seccomp.json');
  const profile = { image, capture: capture.path, limits, seccomp, instanceId, workspace: workspace.name };
  const life = createLife({
    ...engine,
    ttlSeconds: deps.ttlSeconds ?? 900,
    profile: (ttlSeconds, expiresAtSeconds) => podmanOptions({ ...profile, ttlSeconds, expiresAtSeconds }),
  });
  const release = async (): Promise<void> => {
    await workspace.remove();
    await capture.release();
  };
  try {
    return await openSession(
      {
        clock,
        life,
        workspaceBytes: limits.workspaceBytes,
        isolation: withMemory(isolationOf(facts, limits), capture.bytes, limits),
        readTools: async (signal) => {
          if (selfCheck === null) return { tsharkVersion: '', tools: [] };
          const { handle } = await life.container(0, signal);
          return (await selfCheck(handle, { image, limits, gvisor: false, capture: null }, signal)).tools;
        },
        explain: async (error) => explain(error),
        release,
      },
      options.signal,
    );
  } catch (error) {
    await release();
    throw error instanceof CapwrightError ? error : explain(error);
  }
}

function isolationOf({ version }: EngineFacts, limits: SandboxLimits): Isolation {
  const memory = `${Math.round(limits.memoryBytes / 1024 ** 2)} MiB`;
  const description =
    `Podman ${version} container: no network, no capabilities, read-only root, uid 65534, own seccomp profile, ` +
    `${memory} memory, ${limits.pids} processes, ${limits.cpus} CPU`;
  const lacks = [
    "It shares the host's kernel.",
    'Podman keeps a small watcher process of its own for some minutes after each command.',
  ];
  return { engine: 'podman', description, lacks };
}
