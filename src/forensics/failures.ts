import { CapwrightError } from '../domain/errors.ts';

/** The model refused or can't be reached: the built-in parts can stand in. */
export function isModelFailure(error: unknown): error is CapwrightError {
  return (
    error instanceof CapwrightError && (error.code === 'MODEL_REFUSED' || error.code === 'MODEL_UNAVAILABLE')
  );
}

/** The sandbox broke: what was measured before still counts. */
export function isSandboxFailure(error: unknown): error is CapwrightError {
  return (
    error instanceof CapwrightError &&
    (error.code === 'SANDBOX_FAILED' || error.code === 'SANDBOX_UNAVAILABLE')
  );
}

/** Throws CANCELLED once the caller has given up. */
export function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) {
    throw new CapwrightError('CANCELLED', 'The analysis was cancelled.', 'Call it again to start anew.');
  }
}
