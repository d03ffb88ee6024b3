import { CapwrightError } from '../../../domain/errors.ts';
import { httpStatus } from '../docker/engine.ts';

/** Why Podman can't be used, and the command that helps, where one does. */
export interface Trouble {
  detail: string;
  fix: string | null;
}

export const NO_SOCKET: Trouble = {
  detail: 'No Podman service answers here.',
  fix: 'systemctl --user start podman.socket',
};

export const noImage = (image: string, sandboxDir: string): Trouble => ({
  detail: 'Podman runs, but has no sandbox image.',
  fix: `podman build --build-arg BASE_IMAGE=docker.io/library/debian:trixie-slim -t ${image} '${sandboxDir}'`,
});

export const doesNotHold = (version: string, missing: readonly string[]): Trouble => ({
  detail: `Podman ${version} is not used, since it does not enforce here: ${missing.join(', ')}.`,
  fix: null,
});

export const noProbe = (version: string): Trouble => ({
  detail: `Podman ${version} is not used: it could not start the sandbox’s container.`,
  fix: null,
});

export function unavailable({ detail, fix }: Trouble, cause?: unknown): CapwrightError {
  return new CapwrightError(
    'SANDBOX_UNAVAILABLE',
    detail,
    fix === null ? 'Use another sandbox engine; `capwright doctor` names them.' : `Run: ${fix}`,
    cause,
  );
}

/** Turns what a call to Podman threw into the one error of Capwright; its own errors pass unchanged. */
export function explain(error: unknown): CapwrightError {
  if (error instanceof CapwrightError) return error;
  if (httpStatus(error) === null) return unavailable(NO_SOCKET, error);
  return new CapwrightError(
    'SANDBOX_FAILED',
    'Podman refused to make or use the sandbox.',
    'Run `capwright doctor`; if it finds nothing, look at the log of the Podman service.',
    error,
  );
}
