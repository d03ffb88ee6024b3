import type Docker from 'dockerode';
import { z } from 'zod';
import type { Clock, LeftoverContainer, Log } from '../../../ports.ts';
import { removeContainer } from './container.ts';
import { bounded, httpStatus } from './engine.ts';
import { EXPIRES_LABEL, INSTANCE_LABEL, LABEL, VOLUME_PREFIX } from './profile.ts';
import { removeVolume } from './volume.ts';

export interface LeftoverDeps {
  docker: Docker;
  clock: Clock;
  log: Log;
  instanceId: string;
  instanceAlive: (id: string) => boolean;
}

/** PID 1 ends an expired container by itself; this much later it is fair to help. */
const EXPIRY_SLACK_SECONDS = 30;

/**
 * Containers of ours, and volumes with captures in them, that nobody can want any more; a living sibling's within its
 * time is never among them.
 */
export async function listLeftovers(deps: LeftoverDeps): Promise<LeftoverContainer[]> {
  const { docker, clock } = deps;
  // The image carries LABEL too: only the instance label tells our containers from a person's own.
  const label = [`${LABEL}=sandbox`, INSTANCE_LABEL];
  const now = clock.now() / 1000;
  const found = await Promise.all([
    bounded(docker.listContainers({ all: true, filters: { label } }), { clock }),
    bounded(docker.listVolumes({ filters: { label } }), { clock }).then((answer) => volumeList.parse(answer)),
  ]);
  const containers = found[0].map(({ Id, Labels, Created }) => ({
    id: Id,
    labels: Labels,
    created: Created,
  }));
  return [...containers, ...found[1]].flatMap(({ id, labels, created }) => {
    const reason = leftoverReason(deps, labels, now);
    const ageSeconds = Math.max(0, Math.round(now - created));
    return reason === null ? [] : [{ id, reason, ageSeconds }];
  });
}

/** Removes one leftover, after another look: by now it may be somebody's. One that is gone already is success. */
export async function removeLeftover(deps: LeftoverDeps, id: string): Promise<void> {
  const { docker, clock } = deps;
  const isVolume = id.startsWith(VOLUME_PREFIX);
  try {
    const labels = isVolume
      ? (await bounded(docker.getVolume(id).inspect(), { clock })).Labels
      : (await bounded(docker.getContainer(id).inspect(), { clock })).Config.Labels;
    if (labels[LABEL] !== 'sandbox' || leftoverReason(deps, labels, clock.now() / 1000) === null) return;
  } catch (error) {
    if (httpStatus(error) === 404) return;
    throw error;
  }
  if (isVolume) await removeVolume(deps, id);
  else await removeContainer(deps, docker.getContainer(id));
}

const volumeList = z
  .object({
    Volumes: z
      .array(
        z.object({
          Name: z.string(),
          Labels: z.record(z.string(), z.string()),
          CreatedAt: z.coerce.date().optional(),
        }),
      )
      .nullish(),
  })
  .transform(({ Volumes }) =>
    (Volumes ?? []).map(({ Name, Labels, CreatedAt }) => ({
      id: Name,
      labels: Labels,
      created: CreatedAt === undefined ? Infinity : CreatedAt.getTime() / 1000,
    })),
  );

function leftoverReason(
  deps: LeftoverDeps,
  labels: Readonly<Record<string, string>>,
  now: number,
): string | null {
  const owner = labels[INSTANCE_LABEL];
  if (owner === undefined) return null;
  const expires = Number(labels[EXPIRES_LABEL]);
  if (!(now < expires + EXPIRY_SLACK_SECONDS)) return 'its time is over';
  if (owner === deps.instanceId || deps.instanceAlive(owner)) return null;
  return 'the process that made it is gone';
}
