import type Docker from 'dockerode';
import type { Clock, LeftoverContainer, Log } from '../../../ports.ts';
import { removeContainer } from './container.ts';
import { bounded, httpStatus } from './engine.ts';
import { EXPIRES_LABEL, INSTANCE_LABEL, LABEL } from './profile.ts';

export interface LeftoverDeps {
  docker: Docker;
  clock: Clock;
  log: Log;
  instanceId: string;
  instanceAlive: (id: string) => boolean;
}

/** PID 1 ends an expired container by itself; this much later it is fair to help. */
const EXPIRY_SLACK_SECONDS = 30;

/** Containers of ours that nobody can want any more; a living sibling's within its time is never among them. */
export async function listLeftovers(deps: LeftoverDeps): Promise<LeftoverContainer[]> {
  const { docker, clock } = deps;
  // The image carries LABEL too: only the instance label tells our containers from a person's own.
  const filters = { label: [`${LABEL}=sandbox`, INSTANCE_LABEL] };
  const now = clock.now() / 1000;
  const containers = await bounded(docker.listContainers({ all: true, filters }), { clock });
  return containers.flatMap((container) => {
    const reason = leftoverReason(deps, container.Labels, now);
    const ageSeconds = Math.max(0, Math.round(now - container.Created));
    return reason === null ? [] : [{ id: container.Id, reason, ageSeconds }];
  });
}

/** Removes one leftover, after another look: by now it may be somebody's. One that is gone already is success. */
export async function removeLeftover(deps: LeftoverDeps, id: string): Promise<void> {
  const { docker, clock } = deps;
  const handle = docker.getContainer(id);
  try {
    const { Labels: labels } = (await bounded(handle.inspect(), { clock })).Config;
    if (labels[LABEL] !== 'sandbox' || leftoverReason(deps, labels, clock.now() / 1000) === null) return;
  } catch (error) {
    if (httpStatus(error) === 404) return;
    throw error;
  }
  await removeContainer(deps, handle);
}

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
