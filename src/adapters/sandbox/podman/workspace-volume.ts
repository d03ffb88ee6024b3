import { randomUUID } from 'node:crypto';
import type { ContainerDeps } from '../docker/container.ts';
import { bounded } from '../docker/engine.ts';
import { ownerLabels } from '../docker/profile.ts';
import { removeVolume } from '../docker/volume.ts';

export interface WorkspaceVolume {
  name: string;
  /** Repeatable; never throws: what stays is found by its label. */
  remove(): Promise<void>;
}

const BLOCK_BYTES = 4096;
const LIFE_SECONDS = 24 * 3_600;

/**
 * The workspace of a session: memory with limits on bytes and files that the script user owns. It is mounted while a
 * container of the session runs, each time empty. Podman would take `size` for a disk quota, hence blocks.
 */
export async function createWorkspaceVolume(
  deps: ContainerDeps,
  { bytes, instanceId, signal }: { bytes: number; instanceId: string; signal: AbortSignal },
): Promise<WorkspaceVolume> {
  const { docker, clock } = deps;
  const blocks = Math.floor(bytes / BLOCK_BYTES);
  const name = `capwright-${randomUUID()}`;
  const remove = (): Promise<void> => removeVolume(deps, name);
  const created = docker.createVolume({
    Name: name,
    Driver: 'local',
    Labels: ownerLabels(instanceId, Math.ceil(clock.now() / 1000) + LIFE_SECONDS),
    DriverOpts: {
      type: 'tmpfs',
      device: 'tmpfs',
      o: `nr_blocks=${blocks},nr_inodes=4096,mode=0700,uid=65534,gid=65534,nosuid,nodev,noexec`,
    },
  });
  await bounded(created, { clock, signal, late: () => void remove() });
  return { name, remove };
}
