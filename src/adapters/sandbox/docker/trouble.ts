import { CapwrightError } from '../../../domain/errors.ts';
import { engineFailure, httpStatus } from './engine.ts';
import type { EngineFacts } from './engine-facts.ts';
import type { ImageState } from './image.ts';

/** What an engine's error means for the sandbox; a 404 is looked into, to name a missing or stale image. */
export async function explain(
  error: unknown,
  readImageState: () => Promise<ImageState>,
  setupCommand: string,
): Promise<CapwrightError> {
  const status = httpStatus(error);
  if (status === 404) {
    try {
      const state = await readImageState();
      if (state !== 'ready') {
        return new CapwrightError('SANDBOX_UNAVAILABLE', imageTrouble(state), `Run: ${setupCommand}`, error);
      }
    } catch (second) {
      return engineFailure(second, setupCommand);
    }
  }
  if (status === 400) {
    return new CapwrightError(
      'SANDBOX_FAILED',
      'The Docker engine refused the sandbox: it lacks what a limit needs, or cannot see the capture file.',
      'Run `capwright doctor`; where captures are only ever mounted, let them be copied to the engine.',
      error,
    );
  }
  return engineFailure(error, setupCommand);
}

export function imageTrouble(state: Exclude<ImageState, 'ready'>): string {
  return state === 'missing'
    ? 'The sandbox image has not been built.'
    : 'The sandbox image is older than its sources.';
}

/** For an engine that runs but cannot hold what it runs. */
export function unenforced(facts: EngineFacts): CapwrightError {
  const missing = facts.missing.join(', ');
  return new CapwrightError(
    'SANDBOX_UNAVAILABLE',
    `Docker ${facts.version} does not enforce ${missing} here, so nothing hostile may run on it.`,
    'Use a Docker daemon that runs as root, or one on a system with cgroup v2.',
  );
}

/** For an installation that lacks the folder with seccomp profile and Dockerfile. */
export function sourcesMissing(error: unknown): never {
  throw new CapwrightError(
    'SANDBOX_UNAVAILABLE',
    'The folder with the sandbox’s own files is missing or cannot be read.',
    'Install Capwright again.',
    error,
  );
}

/** For a container whose capture is not the file that was given. */
export function captureUnseen(): CapwrightError {
  return new CapwrightError(
    'SANDBOX_FAILED',
    'The Docker engine has another file in the place of the capture, or the capture changed on its way.',
    'Wait until nobody writes to the file, then make the same call again.',
  );
}
