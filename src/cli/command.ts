import type { Readable, Writable } from 'node:stream';

/** The process as a command sees it; tests give their own. */
export interface Shell {
  stdin: Readable;
  stdout: Writable;
  stderr: Writable & { isTTY?: boolean };
  env: Record<string, string | undefined>;
  cwd: string;
  /** Aborted by SIGINT or SIGTERM. */
  stop: AbortSignal;
}

/** Exit codes: 0 done, 1 refused or failed, 2 wrong usage. */
export type ExitCode = 0 | 1 | 2;

export type Command = (args: string[], shell: Shell) => Promise<ExitCode>;

/** The longest line of our own that a terminal gets, in characters; what it quotes may come from anywhere. */
export const MAX_LINE = 4_000;

/** Wrong arguments; the message is followed by the usage. */
export class UsageError extends Error {
  override name = 'UsageError';
}
