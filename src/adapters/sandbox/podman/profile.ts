import type Docker from 'dockerode';
import { containerOptions, type ProfileOptions } from '../docker/profile.ts';
import { WORKSPACE } from '../workspace.ts';

/** Folders that are writable in a container with a read-only root unless something else is there. */
const SEALED = ['/tmp', '/var/tmp', '/run', '/dev/mqueue'];

/** Ends with its stdin, or with its time, and reaps what is orphaned meanwhile: Podman's own init need not be installed. */
const SUPERVISOR = 'end=$((SECONDS + $0)); while read -r -t 0.5; (($? > 128 && SECONDS < end)); do :; done';

/**
 * Docker's profile in the words of Podman, which takes a seccomp profile as a path only, knows no inode limit and no
 * owner for a tmpfs (hence the volume), and wants its process limit set before it lowers the others.
 */
export function podmanOptions(
  options: ProfileOptions & { workspace: string },
): Docker.ContainerCreateOptions {
  const base = containerOptions(options);
  return {
    ...base,
    Cmd: ['bash', '-c', SUPERVISOR, String(options.ttlSeconds)],
    HostConfig: {
      ...base.HostConfig,
      Init: false,
      Ulimits: [...(base.HostConfig?.Ulimits ?? []), { Name: 'nproc', Soft: 4096, Hard: 4096 }],
      Binds: [`${options.workspace}:${WORKSPACE}:rw,noexec,nosuid,nodev`],
      Tmpfs: Object.fromEntries(
        SEALED.map((folder) => [folder, 'ro,nosuid,nodev,noexec,size=4096,mode=0555,notmpcopyup']),
      ),
    },
  };
}
