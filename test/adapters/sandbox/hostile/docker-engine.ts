import type Docker from 'dockerode';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startContainer } from '../../../../src/adapters/sandbox/docker/container.ts';
import { startExec } from '../../../../src/adapters/sandbox/docker/exec.ts';
import { imageReference } from '../../../../src/adapters/sandbox/docker/image.ts';
import {
  containerOptions,
  SCRIPT_USER,
  SUPERVISOR,
} from '../../../../src/adapters/sandbox/docker/profile.ts';
import { createOutput } from '../../../../src/adapters/sandbox/output.ts';
import { clock, containersOf, docker, SANDBOX_DIR, sandboxIn } from '../docker/support.ts';
import { type Defence, type Engine, LIMITS, type Said } from './engine.ts';

/** Docker, as the machine's own daemon runs it. */
export const dockerEngine: Engine = {
  name: 'docker',
  lacks: new Map(),
  ownProcesses: ['docker-init', 'timeout', 'cat'],
  sandbox: (folder, owner) => sandboxIn(folder, owner),
  control,
  traces: containersOf,
};

type Weaken = (host: Docker.HostConfig, options: Docker.ContainerCreateOptions) => void;

const workspace = (options: string): Weaken => {
  return (host) => {
    host.Tmpfs = { '/workspace': `rw,nosuid,nodev,mode=0700,uid=65534,gid=65534,${options}` };
  };
};

/** Each takes one line out of the container's profile, or raises it where nothing at all would harm the host. */
const WEAKEN: Readonly<Record<Defence, Weaken>> = {
  // Those alone that the attacks need: with all of them the container would be the host.
  'capabilities dropped': (host, options) => {
    // They are the superuser's, and a container that began as somebody else has none to give.
    options.User = '0:0';
    host.CapAdd = ['SYS_ADMIN', 'SYS_CHROOT', 'SYSLOG', 'DAC_READ_SEARCH'];
  },
  'file count': workspace(`noexec,size=${LIMITS.workspaceBytes},nr_inodes=9000`),
  'file size': (host) => {
    host.Ulimits = (host.Ulimits ?? []).filter((limit) => limit.Name !== 'fsize');
  },
  'no network': (host, options) => {
    options.NetworkDisabled = false;
    host.NetworkMode = 'host';
  },
  'no programs in the workspace': workspace('exec,size=8m'),
  'no shared memory': (host) => {
    host.IpcMode = 'private';
  },
  'own process ids': (host) => {
    host.PidMode = 'host';
  },
  'read-only root': (host) => {
    host.ReadonlyRootfs = false;
  },
  'supervisor of another user': () => undefined,
  'system call filter': (host) => {
    host.SecurityOpt = ['no-new-privileges:true', 'seccomp=unconfined'];
  },
};

async function control(capture: string, without: readonly Defence[], argv: readonly string[]): Promise<Said> {
  const options = containerOptions({
    image: await imageReference(SANDBOX_DIR),
    capture,
    limits: LIMITS,
    seccomp: await readFile(join(SANDBOX_DIR, 'seccomp.json'), 'utf8'),
    instanceId: `control-${process.pid}`,
    ttlSeconds: 60,
    expiresAtSeconds: Math.ceil(clock.now() / 1000) + 60,
  });
  for (const defence of without) WEAKEN[defence](options.HostConfig ?? {}, options);
  const live = await startContainer({ docker, clock, log: () => undefined }, options);
  const output = createOutput(1024 ** 2);
  try {
    const exec = await startExec({ clock }, live.handle, {
      user: userOf(without),
      argv: ['timeout', '-s', 'KILL', '20', ...argv],
      onData: (stream, bytes) => (stream === 'stdout' ? output.add(bytes) : undefined),
    });
    await exec.ended;
    const exitCode = await exec.exitCode();
    exec.release();
    return { stdout: output.text(), exitCode };
  } finally {
    await live.destroy();
  }
}

function userOf(without: readonly Defence[]): string {
  if (without.includes('capabilities dropped')) return '0:0';
  return without.includes('supervisor of another user') ? SUPERVISOR : SCRIPT_USER;
}
