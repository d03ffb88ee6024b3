import type Docker from 'dockerode';
import type { Clock, Log } from '../../../ports.ts';
import type { Life } from '../session.ts';
import { type Cgroup, findCgroup } from './cgroup.ts';
import { type LiveContainer, startContainer } from './container.ts';
import { createPlace } from './place.ts';
import { upload } from './upload.ts';

export interface DockerLife extends Life {
  container(lifeMs: number, signal: AbortSignal): Promise<LiveContainer>;
}

export interface LifeDeps {
  docker: Docker;
  clock: Clock;
  log: Log;
  /** Container options for one life of the container. */
  profile: (ttlSeconds: number, expiresAtSeconds: number) => Docker.ContainerCreateOptions;
  ttlSeconds: number;
}

interface Current {
  container: LiveContainer;
  expiresAt: number;
  cgroup: Promise<Cgroup | null>;
}

/** Spare life beyond what a command may take. */
const MARGIN_MS = 15_000;

/** A session's container. Whoever needs the container itself asks `container`. */
export function createLife(deps: LifeDeps): DockerLife {
  const { clock } = deps;
  const uploads = new Map<string, Uint8Array>();
  let current: Current | null = null;

  // A killed engine can bring a container back that was to go while it was down: it is asked again once it answers.
  let unremoved: LiveContainer[] = [];

  const discard = async (): Promise<void> => {
    const going = current === null ? unremoved : [...unremoved, current.container];
    current = null;
    unremoved = [];
    for (const old of going) if (!(await old.destroy())) unremoved.push(old);
  };
  const living = async (lifeMs: number, signal: AbortSignal): Promise<Current> => {
    if (current?.container.alive === true && clock.now() + lifeMs + MARGIN_MS < current.expiresAt) {
      return current;
    }
    await discard();
    const ttlSeconds = Math.ceil(Math.max(deps.ttlSeconds * 1000, lifeMs + 2 * MARGIN_MS) / 1000);
    const expiresAt = clock.now() + ttlSeconds * 1000;
    const started = await startContainer(deps, deps.profile(ttlSeconds, Math.ceil(expiresAt / 1000)), signal);
    const begun = { container: started, expiresAt, cgroup: findCgroup(deps, started.handle) };
    current = begun;
    const late = unremoved;
    unremoved = [];
    for (const old of late) if (!(await old.destroy())) unremoved.push(old);
    for (const [path, bytes] of uploads) await upload(deps, started, path, bytes, signal);
    return begun;
  };
  const container = async (lifeMs: number, signal: AbortSignal): Promise<LiveContainer> =>
    (await living(lifeMs, signal)).container;
  return {
    container,
    async place(lifeMs, signal) {
      const { container, cgroup } = await living(lifeMs, signal);
      return createPlace(deps, container, cgroup);
    },
    discard,
    async remember(path, bytes, signal) {
      await upload(deps, await container(0, signal), path, bytes, signal);
      uploads.set(path, bytes);
    },
  };
}
