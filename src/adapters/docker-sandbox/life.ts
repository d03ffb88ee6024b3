import type Docker from 'dockerode';
import type { Clock, Log } from '../../ports.ts';
import { type LiveContainer, startContainer } from './container.ts';
import { upload } from './upload.ts';

export interface LifeDeps {
  docker: Docker;
  clock: Clock;
  log: Log;
  /** Container options for one life of the container. */
  profile: (ttlSeconds: number, expiresAtSeconds: number) => Docker.ContainerCreateOptions;
  ttlSeconds: number;
}

/** The container of a session, replaced whenever it died, was discarded, or has too little time left. */
export interface Life {
  /** A running container that lives for at least `lifeMs` more, with every remembered upload in it. */
  container(lifeMs: number, signal: AbortSignal): Promise<LiveContainer>;
  /** Uploads to the container and to each that follows it. */
  remember(path: string, bytes: Uint8Array, signal: AbortSignal): Promise<void>;
  discard(): Promise<void>;
}

/** Spare life beyond what a command may take. */
const MARGIN_MS = 15_000;

export function createLife(deps: LifeDeps): Life {
  const { clock } = deps;
  const uploads = new Map<string, Uint8Array>();
  let current: { container: LiveContainer; expiresAt: number } | null = null;

  const discard = async (): Promise<void> => {
    const old = current;
    current = null;
    await old?.container.destroy();
  };
  const container = async (lifeMs: number, signal: AbortSignal): Promise<LiveContainer> => {
    if (current?.container.alive === true && clock.now() + lifeMs + MARGIN_MS < current.expiresAt) {
      return current.container;
    }
    await discard();
    const ttlSeconds = Math.ceil(Math.max(deps.ttlSeconds * 1000, lifeMs + 2 * MARGIN_MS) / 1000);
    const expiresAt = clock.now() + ttlSeconds * 1000;
    const started = await startContainer(deps, deps.profile(ttlSeconds, Math.ceil(expiresAt / 1000)), signal);
    current = { container: started, expiresAt };
    for (const [path, bytes] of uploads) await upload(deps, started, path, bytes, signal);
    return started;
  };
  return {
    container,
    discard,
    async remember(path, bytes, signal) {
      await upload(deps, await container(0, signal), path, bytes, signal);
      uploads.set(path, bytes);
    },
  };
}
