import type { Sandbox, SandboxLimits, SandboxSession } from '../../../../src/ports.ts';

/**
 * What can be taken away from a sandbox, one by one, to see that an attack succeeds without it. Limits are not among
 * them: a control of those opens a session with a higher one.
 */
export const DEFENCES = [
  'capabilities dropped',
  'end with the server',
  'file count',
  'file size',
  'kernel settings',
  'no network',
  'no programs in the workspace',
  'no shared memory',
  'own process ids',
  'read-only capture',
  'read-only root',
  'supervisor of another user',
  'system call filter',
] as const;

export type Defence = (typeof DEFENCES)[number];

/** An engine as the hostile suite sees it: the sandbox that users get, and one with a hole of our own making. */
export interface Engine {
  readonly name: 'docker' | 'bubblewrap' | 'bubblewrap not as root';
  /** Who scripts are to the host. */
  readonly hostUid: number;
  /** The defences that this engine has; of another one it has no need, as `why` says. */
  readonly lacks: ReadonlyMap<Defence, string>;
  /** Names of the processes that a script sees beside its own. */
  readonly ownProcesses: readonly string[];
  sandbox(folder: string, owner: Owner): Pick<Sandbox, 'open' | 'status'>;
  /**
   * Where just these defences are missing: what the last of these programs says and ends with, when one runs after the
   * other and nobody sweeps or mends anything between them. Everything they started ends too.
   */
  control(
    capture: string,
    without: readonly Defence[],
    ...programs: readonly (readonly string[])[]
  ): Promise<Said>;
  /** What is on the host for an instance: containers, processes. */
  traces(instanceId: string): Promise<string[]>;
  /** Ends what is on the host for an instance. Only for controls: of a sandbox nothing is to be left. */
  clear(instanceId: string): Promise<void>;
}

export interface Owner {
  instanceId: string;
}

export interface Said {
  stdout: string;
  exitCode: number | null;
}

/** The instance that the controls of a process are. */
export const controlInstance = (pid: number): string => `control-${pid}`;

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
): Promise<SandboxSession> {
  return engine.sandbox(folder, { instanceId }).open({
    capturePath,
    limits: LIMITS,
    signal: new AbortController().signal,
  });
}
