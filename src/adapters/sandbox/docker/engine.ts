import { z } from 'zod';
import { CapwrightError } from '../../../domain/errors.ts';
import type { Clock } from '../../../ports.ts';
import { cancelled } from '../turns.ts';

/** No call to the engine on this machine takes longer than this unless the engine hangs. */
export const CALL_MS = 30_000;

export interface CallOptions {
  clock: Clock;
  ms?: number;
  signal?: AbortSignal | undefined;
}

interface BoundedOptions<T> extends CallOptions {
  /** Undoes a call that succeeded after nobody waited for it any more. */
  late?: (value: T) => void;
}

/**
 * Waits for an engine call, but not for ever: dockerode has no deadline of its own. Throws CANCELLED as soon as the
 * signal aborts and SANDBOX_UNAVAILABLE when the engine hangs; the call itself cannot be taken back, only undone.
 */
export async function bounded<T>(call: Promise<T>, options: BoundedOptions<T>): Promise<T> {
  const { clock, ms = CALL_MS, signal } = options;
  const over = new AbortController();
  const wait = signal === undefined ? over.signal : AbortSignal.any([over.signal, signal]);
  let abandoned = false;
  const giveUp = clock.sleep(ms, wait).then((): never => {
    abandoned = true;
    throw signal?.aborted === true ? cancelled() : engineHangs(ms);
  });
  call.then(
    (value) => (abandoned ? options.late?.(value) : undefined),
    () => undefined,
  );
  try {
    return await Promise.race([call, giveUp]);
  } finally {
    over.abort();
  }
}

const engineError = z.object({ statusCode: z.number().optional() });
const connectError = z.object({ syscall: z.enum(['connect', 'getaddrinfo']), code: z.string() });
const cutError = z.object({ code: z.enum(['ECONNRESET', 'EPIPE']) });

/** HTTP status of an engine's refusal, or null where the error is of another kind. */
export function httpStatus(error: unknown): number | null {
  return engineError.safeParse(error).data?.statusCode ?? null;
}

/** True where the error means: that container or exec is not there any more, or is on its way out. */
export function isGone(error: unknown): boolean {
  const status = httpStatus(error);
  return status === 404 || status === 409;
}

export interface Trouble {
  detail: string;
  fix: string;
}

/** Says in our words why the engine cannot be used, and the one command that helps. */
export function diagnose(error: unknown, setupCommand: string): Trouble {
  if (cutError.safeParse(error).success) {
    return {
      detail: 'The Docker engine went away during a call: it was stopped or restarted.',
      fix: 'capwright doctor',
    };
  }
  switch (connectError.safeParse(error).data?.code) {
    case 'ENOENT':
      return { detail: 'Docker is not running: its socket does not exist.', fix: setupCommand };
    case 'ECONNREFUSED':
      return { detail: 'Docker is not running: nothing answers at its socket.', fix: setupCommand };
    case 'EACCES':
    case 'EPERM':
      return { detail: 'Docker runs, but this user may not use its socket.', fix: setupCommand };
    case 'ENOTFOUND':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ETIMEDOUT':
      return {
        detail: 'The Docker engine that DOCKER_HOST names cannot be reached.',
        fix: 'unset DOCKER_HOST',
      };
    default:
      return { detail: 'The Docker engine did not answer as expected.', fix: 'capwright doctor' };
  }
}

/** Turns what an engine call threw into the one error of Capwright; its own errors pass unchanged. */
export function engineFailure(error: unknown, setupCommand: string): CapwrightError {
  if (error instanceof CapwrightError) return error;
  if (httpStatus(error) !== null) {
    return new CapwrightError(
      'SANDBOX_FAILED',
      'The Docker engine refused to make or use the sandbox.',
      'Run `capwright doctor`; if it finds nothing, look at the Docker daemon’s log.',
      error,
    );
  }
  const trouble = diagnose(error, setupCommand);
  return new CapwrightError('SANDBOX_UNAVAILABLE', trouble.detail, `Run: ${trouble.fix}`, error);
}

function engineHangs(ms: number): CapwrightError {
  return new CapwrightError(
    'SANDBOX_UNAVAILABLE',
    `The container engine did not answer within ${Math.round(ms / 1000)} seconds.`,
    'Look at the engine’s log, restart it, then make the same call again.',
  );
}
