import { join } from 'node:path';
import { availableParallelism, totalmem } from 'node:os';
import type { Clock, Log, Sandbox } from '../../ports.ts';
import { type Candidate, createChosenSandbox } from './chosen-sandbox.ts';
import { createSlots, slotsFor } from './slots.ts';
import { createSlottedSandbox } from './slotted-sandbox.ts';

export interface SandboxDeps {
  /** `auto`: the strongest that is there. An engine by name: that or nothing. `none`: nothing. */
  engine: 'auto' | Candidate['engine'] | 'none';
  /** Docker's container runtime, such as `runsc`, with which `auto` means Docker; null for its default. */
  runtime: string | null;
  /** Open sessions at a time; null for what this machine bears. */
  concurrency: number | null;
  /** Where Podman's service may listen: CONTAINER_HOST and XDG_RUNTIME_DIR. */
  podman: { containerHost: string | null; runtimeDir: string | null };
  /** Folder with the image's sources and seccomp.json. */
  sandboxDir: string;
  stateDir: string;
  /** This process, as `instanceAlive` of any sibling knows it; letters, digits, dots, dashes, underscores. */
  instanceId: string;
  instanceAlive: (id: string) => boolean;
  clock: Clock;
  log: Log;
  /** What a person types to make this machine ready. */
  setupCommand: string;
}

/** Who would have to wait behind this many gets an answer now instead of an analysis some day. */
const LONGEST_QUEUE = 64;

/**
 * The sandbox of this process: Docker, else Podman where a probe saw it hold, else bubblewrap, else none, as `engine`
 * allows; and no more sessions at a time than the machine bears. No engine's code is loaded before the first call.
 */
export function createSandbox(deps: SandboxDeps): Sandbox {
  const { concurrency, clock } = deps;
  // Who wants a runtime of Docker's wants more than the others can give, and not less in its place.
  const engine = deps.engine === 'auto' && deps.runtime !== null ? 'docker' : deps.engine;
  const everywhere = candidatesOf(deps);
  const candidates = engine === 'auto' ? everywhere : everywhere.filter((one) => one.engine === engine);
  const atOnce = concurrency ?? slotsFor({ cpus: availableParallelism(), memoryBytes: totalmem() });
  return createSlottedSandbox(
    createChosenSandbox({ candidates, everywhere, clock }),
    createSlots({ atOnce, longestQueue: LONGEST_QUEUE }),
  );
}

function candidatesOf(deps: SandboxDeps): Candidate[] {
  const shared = { ...deps, stagingDir: join(deps.stateDir, 'staging') };
  return [
    {
      engine: 'docker',
      sandbox: once(async () => {
        const { createDockerSandbox } = await import('./docker/docker-sandbox.ts');
        const { runtime, ...others } = shared;
        return createDockerSandbox(runtime === null ? others : { ...others, runtime });
      }),
    },
    {
      engine: 'podman',
      sandbox: once(async () => {
        const { createPodmanSandbox } = await import('./podman/podman-sandbox.ts');
        const probeFile = join(deps.stateDir, 'podman-probe.json');
        return createPodmanSandbox({ ...shared, places: deps.podman, probeFile });
      }),
    },
    {
      engine: 'bubblewrap',
      sandbox: once(async () => {
        const { createBubblewrapSandbox } = await import('./bubblewrap/bubblewrap-sandbox.ts');
        return createBubblewrapSandbox(shared);
      }),
    },
  ];
}

/** Makes a thing at the first call; every call gets the same. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
