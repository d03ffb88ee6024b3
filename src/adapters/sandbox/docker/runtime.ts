import { CapwrightError } from '../../../domain/errors.ts';
import type { SandboxLimits } from '../../../ports.ts';
import type { EngineFacts } from './engine-facts.ts';

/** What the engine runs containers with. */
export interface Runtime {
  /** To be asked for by name; undefined means the engine's default. */
  name: string | undefined;
  gvisor: boolean;
}

/** Throws SANDBOX_UNAVAILABLE where the engine does not know the runtime that was asked for. */
export function chooseRuntime(wanted: string | undefined, facts: EngineFacts): Runtime {
  const name = wanted ?? facts.defaultRuntime;
  const program = facts.runtimes.get(name);
  if (wanted !== undefined && program === undefined) {
    throw new CapwrightError(
      'SANDBOX_UNAVAILABLE',
      'The Docker engine does not know the container runtime that the settings name.',
      'Register it in the daemon’s daemon.json under "runtimes" and restart the daemon (docs/sandbox.md), or unset it.',
    );
  }
  return { name: wanted, gvisor: /runsc|gvisor/i.test(`${name} ${program ?? ''}`) };
}

/** gVisor's own threads count as processes; with fewer its kernel dies at random. */
const GVISOR_PIDS = 1_024;
const GVISOR_MEMORY = 256 * 1024 ** 2;

/** Limits that leave gVisor's own kernel room beside what runs on it. */
export function runtimeLimits(runtime: Runtime, limits: SandboxLimits, engineMemory: number): SandboxLimits {
  if (!runtime.gvisor) return limits;
  const room = Math.max(limits.memoryBytes, Math.floor(engineMemory * 0.75));
  return {
    ...limits,
    pids: Math.max(limits.pids, GVISOR_PIDS),
    memoryBytes: Math.min(limits.memoryBytes + GVISOR_MEMORY, room),
  };
}

/** What a container of this runtime does not hold off, a sentence each. */
export function lacksOf(runtime: Runtime): string[] {
  if (!runtime.gvisor) return ["It shares the host's kernel."];
  return [
    'gVisor applies no seccomp profile of ours to scripts: its own kernel answers them, and lets them make sockets that reach nothing.',
    'Processes are limited together with gVisor’s own threads, to 1024.',
    'Running out of memory ends the whole container, not one program.',
    'The number of files in the workspace is not limited, /tmp is writable memory, and noexec does not hold against the loader.',
  ];
}
