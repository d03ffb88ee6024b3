import type { Sandbox, SandboxLimits, SandboxSession } from '../../../../src/ports.ts';

/**
 * What can be taken away from a sandbox, one by one, to see that an attack succeeds without it. Limits are not among
 * them: a control of those opens a session with a higher one.
 */
export type Defence =
  | 'capabilities dropped'
  | 'file count'
  | 'file size'
  | 'no network'
  | 'no programs in the workspace'
  | 'no shared memory'
  | 'own process ids'
  | 'read-only root'
  | 'supervisor of another user'
  | 'system call filter';

/** An engine as the hostile suite sees it: the sandbox that users get, and one with a hole of our own making. */
export interface Engine {
  readonly name: 'docker' | 'bubblewrap';
  /** The defences that this engine has; of another one it has no need, as `why` says. */
  readonly lacks: ReadonlyMap<Defence, string>;
  /** Names of the processes that a script sees beside its own. */
  readonly ownProcesses: readonly string[];
  sandbox(folder: string, owner: Owner): Sandbox;
  /** What a program says and ends with where just these defences are missing. Everything it started ends too. */
  control(capture: string, without: readonly Defence[], argv: readonly string[]): Promise<Said>;
  /** What is on the host for an instance: containers, processes. */
  traces(instanceId: string): Promise<string[]>;
}

export interface Owner {
  instanceId: string;
  instanceAlive?: (id: string) => boolean;
}

export interface Said {
  stdout: string;
  exitCode: number | null;
}

const MIB = 1024 ** 2;

/** Small, so that reaching a limit is cheap. */
export const LIMITS: SandboxLimits = {
  memoryBytes: 192 * MIB,
  cpus: 1,
  pids: 64,
  workspaceBytes: 32 * MIB,
};

export async function openSession(
  engine: Engine,
  capturePath: string,
  folder: string,
  instanceId: string,
  limits: Partial<SandboxLimits> = {},
): Promise<SandboxSession> {
  return engine.sandbox(folder, { instanceId }).open({
    capturePath,
    limits: { ...LIMITS, ...limits },
    signal: new AbortController().signal,
  });
}
