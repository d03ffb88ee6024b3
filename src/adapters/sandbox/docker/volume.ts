import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { type ContainerDeps, removeContainer } from './container.ts';
import { bounded, httpStatus, isGone } from './engine.ts';
import { helperOptions, ownerLabels, VOLUME_MOUNT, VOLUME_PREFIX } from './profile.ts';
import { tarOfOne } from './tar.ts';

/** A capture in a volume of the engine. */
export interface CaptureVolume {
  name: string;
  /** The file as the engine itself sees it. */
  file: string;
  /** Removes the volume. Repeatable; never throws: what stays is found by its label. */
  remove(): Promise<void>;
}

export interface VolumeOptions {
  image: string;
  instanceId: string;
  capture: { path: string; bytes: number };
  signal: AbortSignal;
}

const FILE = 'capture.pcap';
/** No analysis lasts that long. */
const LIFE_SECONDS = 24 * 3_600;
const FILL_MS = 60_000;
/** A slow line still carries this much in a second. */
const SLOWEST_BYTES_PER_MS = 250;
const BUSY_TRIES = 20;
const BUSY_PAUSE_MS = 100;

/**
 * Copies a capture into a volume of the engine, for an engine that cannot see our files. It travels as a stream
 * through a container that is never started. Whatever fails or is cancelled, nothing is left behind.
 */
export async function createCaptureVolume(
  deps: ContainerDeps,
  options: VolumeOptions,
): Promise<CaptureVolume> {
  const { docker, clock } = deps;
  const name = `${VOLUME_PREFIX}${randomUUID()}`;
  const expires = Math.ceil(clock.now() / 1000) + LIFE_SECONDS;
  const labels = ownerLabels(options.instanceId, expires);
  const remove = (): Promise<void> => removeVolume(deps, name);
  try {
    await bounded(docker.createVolume({ Name: name, Labels: labels }), {
      clock,
      signal: options.signal,
      late: () => void remove(),
    });
    await fill(deps, name, expires, options);
    const { Mountpoint } = await bounded(docker.getVolume(name).inspect(), { clock, signal: options.signal });
    return { name, file: `${Mountpoint}/${FILE}`, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Removes a volume, with some patience for the container that still uses it. Never throws. */
export async function removeVolume(deps: ContainerDeps, name: string): Promise<void> {
  const { docker, clock, log } = deps;
  for (let attempt = 0; attempt < BUSY_TRIES; attempt += 1) {
    try {
      await bounded(docker.getVolume(name).remove(), { clock });
      return;
    } catch (error) {
      if (httpStatus(error) === 404) return;
      if (!isGone(error)) break;
    }
    await clock.sleep(BUSY_PAUSE_MS);
  }
  log('warn', 'a volume with a capture could not be removed now; the next clean-up finds it', { name });
}

async function fill(
  deps: ContainerDeps,
  name: string,
  expires: number,
  { image, instanceId, capture, signal }: VolumeOptions,
): Promise<void> {
  const { docker, clock } = deps;
  const helper = await bounded(docker.createContainer(helperOptions(image, name, instanceId, expires)), {
    clock,
    signal,
    late: (container) => void removeContainer(deps, container),
  });
  const over = new AbortController();
  const archive = Readable.from(tarOfOne(FILE, capture.bytes, fileBytes(capture)), { objectMode: false });
  try {
    const sent = send(helper, archive, AbortSignal.any([signal, over.signal]));
    await bounded(sent, { clock, signal, ms: FILL_MS + capture.bytes / SLOWEST_BYTES_PER_MS });
  } finally {
    over.abort();
    archive.destroy();
    await removeContainer(deps, helper);
  }
}

/** Sends an archive and waits for the engine's answer, which only comes when all of it is on its disk. */
async function send(helper: Docker.Container, archive: Readable, abortSignal: AbortSignal): Promise<void> {
  const failed = new Promise<never>((_resolve, reject) => archive.once('error', reject));
  const answer = helper.putArchive(archive, { path: VOLUME_MOUNT, abortSignal });
  await Promise.race([answer, failed]);
}

/** Opened when the first byte is asked for, so that an archive nobody reads leaves no file open. */
async function* fileBytes({ path, bytes }: VolumeOptions['capture']): AsyncGenerator<Uint8Array> {
  if (bytes > 0) yield* createReadStream(path, { end: bytes - 1 });
}
