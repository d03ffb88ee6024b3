import type { Duplex } from 'node:stream';
import type Docker from 'dockerode';
import type { Clock, Log } from '../../../ports.ts';
import { bounded, httpStatus, isGone } from './engine.ts';

/** A running container that dies with this process. */
export interface LiveContainer {
  readonly handle: Docker.Container;
  /** False once its dead-man connection closed, which only happens when the container ended. */
  readonly alive: boolean;
  /** Removes it with everything that runs inside; false where the engine could not. Repeatable; never throws. */
  destroy(): Promise<boolean>;
}

export interface ContainerDeps {
  docker: Docker;
  clock: Clock;
  log: Log;
}

const GONE_POLL_MS = 50;
const GONE_POLLS = 100;

/** Creates, attaches and starts, in this order; whatever fails, nothing is left behind. */
export async function startContainer(
  deps: ContainerDeps,
  options: Docker.ContainerCreateOptions,
  signal?: AbortSignal,
): Promise<LiveContainer> {
  const { docker, clock, log } = deps;
  const handle = await bounded(docker.createContainer(options), {
    clock,
    signal,
    late: (container) => void removeContainer(deps, container),
  });
  let state: ReturnType<typeof watch> | null = null;
  try {
    // Before start, so that there is no moment in which the container runs and nobody holds its stdin.
    // Its stdout stays empty; attached, it tells us when the container ends.
    const stdin = await bounded<NodeJS.ReadWriteStream>(
      handle.attach({ stream: true, stdin: true, stdout: true, hijack: true }),
      // Watched even then: an error on a connection that nobody listens to would end the whole process.
      { clock, signal, late: (stdin) => watch(stdin).close() },
    );
    const watched = watch(stdin);
    state = watched;
    await bounded(handle.start(), { clock, signal });
    return {
      handle,
      get alive() {
        return watched.open;
      },
      async destroy() {
        const gone = await removeContainer(deps, handle);
        watched.close();
        return gone;
      },
    };
  } catch (error) {
    log('debug', 'sandbox container did not start');
    await removeContainer(deps, handle);
    state?.close();
    throw error;
  }
}

/**
 * Removes a container and waits until it is gone; one that is gone already is success. False where the engine did not
 * say so: it may be down, and bring the container back with it. Never throws.
 */
export async function removeContainer(deps: ContainerDeps, handle: Docker.Container): Promise<boolean> {
  const { clock, log } = deps;
  try {
    await bounded(handle.remove({ force: true, v: true }), { clock });
    return true;
  } catch (error) {
    if (httpStatus(error) === 404) return true;
    if (!isGone(error)) {
      log('warn', 'a sandbox container could not be removed now', { id: handle.id });
      return false;
    }
  }
  // 409: the engine's own AutoRemove was faster and is still at it.
  for (let poll = 0; poll < GONE_POLLS; poll += 1) {
    try {
      await bounded(handle.inspect(), { clock });
    } catch (error) {
      return httpStatus(error) === 404;
    }
    await clock.sleep(GONE_POLL_MS);
  }
  return false;
}

function watch(stdin: NodeJS.ReadWriteStream): { readonly open: boolean; close(): void } {
  let open = true;
  const ended = (): void => {
    open = false;
  };
  stdin.on('close', ended).on('end', ended).on('error', ended);
  stdin.resume();
  return {
    get open() {
      return open;
    },
    close() {
      open = false;
      if (isDuplex(stdin)) stdin.destroy();
      else stdin.end();
    },
  };
}

function isDuplex(stream: NodeJS.ReadWriteStream): stream is Duplex {
  return 'destroy' in stream;
}
