import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { z } from 'zod';
import { type CallOptions, bounded, httpStatus } from './engine.ts';

/** Where the image keeps the first line of each tool's version; tshark is line one. */
export const TOOLS_FILE = '/usr/share/capwright/tools.txt';

const NAME = 'capwright-sandbox';

/**
 * Name of the image that belongs to these sources: its tag is their hash, so an image built from older sources is
 * simply not it. scripts/setup.sh computes the same name.
 */
export async function imageReference(sandboxDir: string): Promise<string> {
  const hash = createHash('sha256');
  for (const file of ['Dockerfile', 'base-image.sh']) hash.update(await readFile(join(sandboxDir, file)));
  return `${NAME}:${hash.digest('hex').slice(0, 12)}`;
}

export type ImageState = 'ready' | 'missing' | 'stale';

/** Whether the image is there; `stale` means that only one of older sources is. */
export async function imageState(docker: Docker, image: string, options: CallOptions): Promise<ImageState> {
  try {
    await bounded(docker.getImage(image).inspect(), options);
    return 'ready';
  } catch (error) {
    if (httpStatus(error) !== 404) throw error;
  }
  const others = await bounded(docker.listImages({ filters: { reference: [NAME] } }), options);
  return others.length > 0 ? 'stale' : 'missing';
}

const imageInfo = z.object({
  Created: z.coerce.date(),
  Config: z.object({ Labels: z.record(z.string(), z.string()).nullish() }).nullish(),
});

/** The day on which the packages were installed: a build from the cache makes a new image of old packages. */
const PACKAGES_LABEL = 'capwright.packages';
const DAY_MS = 24 * 3_600_000;
const OLD_DAYS = 30;

/**
 * Days since the packages of an image were installed, where that is longer ago than they can do without security
 * updates; else null. Such an image can still be used.
 */
export async function outdatedDays(
  docker: Docker,
  image: string,
  options: CallOptions,
): Promise<number | null> {
  const info = imageInfo.parse(await bounded(docker.getImage(image).inspect(), options));
  const labelled = Date.parse(info.Config?.Labels?.[PACKAGES_LABEL] ?? '');
  const installed = Number.isNaN(labelled) ? info.Created.getTime() : labelled;
  const days = Math.floor((options.clock.now() - installed) / DAY_MS);
  return days > OLD_DAYS ? days : null;
}
