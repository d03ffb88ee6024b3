import type { Isolation } from '../domain/isolation.ts';

export type { Isolation };

export interface SandboxLimits {
  memoryBytes: number;
  cpus: number;
  pids: number;
  workspaceBytes: number;
}

export type RunOutcome =
  | 'exit'
  | 'timeout'
  | 'out_of_memory'
  | 'output_overflow'
  | 'crash'
  | 'cancelled'
  | 'engine_gone';

export interface RunCommand {
  argv: readonly string[];
  /** Variables of its environment besides those that every command has. */
  env?: Readonly<Record<string, string>>;
  /** Wall-clock limit in milliseconds. */
  timeoutMs: number;
  /** Kept bytes per stream; the rest is read and thrown away. */
  maxOutputBytes: number;
  /**
   * What the command reads. A producer is asked for the next chunk when the one before is handed on, and a chunk may be
   * used again then. When the command is over before the producer is, its `return` is called and waited for by nobody;
   * what it throws ends the command and is thrown by `run`. It is not asked at all where no command is started.
   */
  stdin?: Uint8Array | AsyncIterable<Uint8Array>;
  /** Streams stdout to the caller instead of keeping it; `maxOutputBytes` then bounds the whole stream. */
  onStdout?: (chunk: Uint8Array) => void;
  signal?: AbortSignal;
}

export interface RunResult {
  stdout: string;
  stderr: string;
  exitCode: number | null;
  isError: boolean;
  outcome: RunOutcome;
  stdoutBytes: number;
  truncated: boolean;
  durationMs: number;
}

/**
 * One capture, one isolated workspace. The capture is at CAPTURE_PATH, read-only. Commands run one after the other;
 * after one that ended badly the workspace is made afresh: uploads come back, what commands wrote is gone.
 */
export interface SandboxSession {
  uploadFile(localPath: string, sandboxPath: string): Promise<void>;
  uploadBytes(bytes: Uint8Array, sandboxPath: string): Promise<void>;
  run(command: RunCommand): Promise<RunResult>;
  stop(): Promise<void>;
  readonly isolation: Isolation;
  /** `tshark -v`, first line, of the tools inside. */
  readonly tsharkVersion: string;
  /** First line of `--version` of what is installed inside, for whoever writes scripts. */
  readonly tools: readonly string[];
}

/** Where scripts find the capture. */
export const CAPTURE_PATH = '/workspace/pocket.pcap';

export interface SandboxStatus {
  ready: boolean;
  /** Engine and version, or what is missing. */
  detail: string;
  /** The command that fixes it; null where nothing is to be fixed. */
  fix: string | null;
  /** What would hold hostile bytes and scripts if a session were opened now; engine `none` where nothing would. */
  isolation: Isolation;
  /** Every engine that was asked, strongest first, where more than one may be used. */
  engines?: readonly EngineStatus[];
}

/** What came of asking one engine. */
export interface EngineStatus {
  engine: Exclude<Isolation['engine'], 'none'>;
  ready: boolean;
  detail: string;
  fix: string | null;
}

export interface LeftoverContainer {
  id: string;
  reason: string;
  ageSeconds: number;
}

export interface Sandbox {
  open(options: {
    capturePath: string;
    limits?: Partial<SandboxLimits>;
    signal: AbortSignal;
    /** Hears how many wait before this one, while every sandbox is in use. */
    onWait?: (ahead: number) => void;
  }): Promise<SandboxSession>;
  status(): Promise<SandboxStatus>;
  /** Containers of ours whose owner is dead or whose time is over. */
  leftovers(): Promise<LeftoverContainer[]>;
  remove(id: string): Promise<void>;
}
