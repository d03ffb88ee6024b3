import type { RunOutcome } from '../../ports.ts';

/** How a command stopped, as the server saw it. */
export type Ending = 'ended' | 'timeout' | 'output_overflow' | 'cancelled';

export interface Observed {
  ending: Ending;
  /** False where the stream was cut or garbled. */
  clean: boolean;
  exitCode: number | null;
  elapsedMs: number;
  timeoutMs: number;
  /** Whether the container could still be used afterwards. */
  swept: boolean;
  /** Null where the kernel does not say. */
  oomKills: number | null;
}

const KILLED = 137;
/** SIGILL, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, each plus 128: what a dissector dies of. */
const CRASHES = new Set([132, 134, 135, 136, 139]);

/** Names what happened to a command. Pure. */
export function outcomeOf(observed: Observed): RunOutcome {
  if (observed.ending !== 'ended') return observed.ending;
  if (!observed.clean || observed.exitCode === null) return 'engine_gone';
  // Even with exit code 0: a pipeline whose middle was killed for memory has answered with half of its input.
  if (observed.oomKills !== null && observed.oomKills > 0) return 'out_of_memory';
  if (observed.exitCode === KILLED) {
    // The limit in the command's own argv starts after ours, so its kill cannot come earlier than the limit.
    if (observed.elapsedMs >= observed.timeoutMs) return 'timeout';
    // Killed from outside, together with its container.
    if (!observed.swept) return 'engine_gone';
    if (observed.oomKills === null) return 'out_of_memory';
  }
  return CRASHES.has(observed.exitCode) ? 'crash' : 'exit';
}
