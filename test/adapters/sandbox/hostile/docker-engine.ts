import type Docker from 'dockerode';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type LiveContainer, startContainer } from '../../../../src/adapters/sandbox/docker/container.ts';
import { startExec } from '../../../../src/adapters/sandbox/docker/exec.ts';
import { imageReference } from '../../../../src/adapters/sandbox/docker/image.ts';
import {
  containerOptions,
  SCRIPT_USER,
  SUPERVISOR,
} from '../../../../src/adapters/sandbox/docker/profile.ts';
import { createOutput } from '../../../../src/adapters/sandbox/output.ts';
import { clock, containersOf, docker, SANDBOX_DIR, sandboxIn } from '../docker/support.ts';
import { controlInstance, type Defence, type Engine, LIMITS, type Said } from './engine.ts';

/** Docker, as the machine's own daemon runs it. */
export const dockerEngine: Engine = {
  name: 'docker',
  hostUid: 65_534,
  lacks: new Map(),
  ownProcesses: ['docker-init', 'timeout', 'cat'],
  sandbox: (folder, owner) => sandboxIn(folder, owner),
  control,
  traces: containersOf,
  async clear(instanceId) {
    for (const id of await containersOf(instanceId)) await docker.getContainer(id).remove({ force: true });
  },
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
  'end with the server': (_host, options) => {
    options.Cmd = ['sleep', '60'];
    options.OpenStdin = false;
    options.StdinOnce = false;
  },
  'file count': workspace(`noexec,size=${LIMITS.workspaceBytes},nr_inodes=9000`),
  'file size': (host) => {
    host.Ulimits = (host.Ulimits ?? []).filter((limit) => limit.Name !== 'fsize');
  },
  // They are the superuser's too. Nobody's script writes to them then: the attacks only open them.
  'kernel settings': (host, options) => {
    options.User = '0:0';
    host.ReadonlyPaths = [];
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
  'read-only capture': (host) => {
    for (const mount of host.Mounts ?? []) mount.ReadOnly = false;
  },
  'read-only root': (host) => {
    host.ReadonlyRootfs = false;
  },
  'supervisor of another user': () => undefined,
  'system call filter': (host) => {
    host.SecurityOpt = ['no-new-privileges:true', 'seccomp=unconfined'];
  },
};

async function control(
  capture: string,
  without: readonly Defence[],
  ...programs: readonly (readonly string[])[]
): Promise<Said> {
  const options = containerOptions({
    image: await imageReference(SANDBOX_DIR),
    capture,
    limits: LIMITS,
    seccomp: await readFile(join(SANDBOX_DIR, 'seccomp.json'), 'utf8'),
    instanceId: controlInstance(process.pid),
    ttlSeconds: 60,
    expiresAtSeconds: Math.ceil(clock.now() / 1000) + 60,
  });
  for (const defence of without) WEAKEN[defence](options.HostConfig ?? {}, options);
  const live = await startContainer({ docker, clock, log: () => undefined }, options);
  let said: Said = { stdout: '', exitCode: null };
  try {
    for (const argv of programs) said = await runIn(live, userOf(without), argv);
    return said;
  } finally {
    await live.destroy();
  }
}

async function runIn(live: LiveContainer, user: string, argv: readonly string[]): Promise<Said> {
  const output = createOutput(1024 ** 2);
  const exec = await startExec({ clock }, live.handle, {
    user,
    argv: ['timeout', '-s', 'KILL', '20', ...argv],
    onData: (stream, bytes) => (stream === 'stdout' ? output.add(bytes) : undefined),
  });
  await exec.ended;
  const exitCode = await exec.exitCode();
  exec.release();
  return { stdout: output.text(), exitCode };
}

function userOf(without: readonly Defence[]): string {
  if (without.some((defence) => defence === 'capabilities dropped' || defence === 'kernel settings')) {
    return '0:0';
  }
  return without.includes('supervisor of another user') ? SUPERVISOR : SCRIPT_USER;
}
