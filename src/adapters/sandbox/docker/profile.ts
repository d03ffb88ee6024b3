import type Docker from 'dockerode';
import { CAPTURE_PATH, type SandboxLimits } from '../../../ports.ts';
import { WORKSPACE } from '../workspace.ts';

/** PID 1 and scripts are different users, so that no script can kill, freeze or write to what supervises it. */
export const SUPERVISOR = '65533:65533';
export const SCRIPT_USER = '65534:65534';

export const LABEL = 'capwright';
export const INSTANCE_LABEL = 'capwright.instance';
/** Seconds since 1970 after which nobody can still want the container. */
export const EXPIRES_LABEL = 'capwright.expires';

export interface ProfileOptions {
  image: string;
  capture: string;
  limits: SandboxLimits;
  seccomp: string;
  instanceId: string;
  ttlSeconds: number;
  expiresAtSeconds: number;
}

/**
 * The container that hostile bytes and hostile scripts run in. Every line here is a promise that a test holds:
 * nothing may be loosened for convenience.
 */
export function containerOptions(options: ProfileOptions): Docker.ContainerCreateOptions {
  const { limits } = options;
  return {
    Image: options.image,
    User: SUPERVISOR,
    WorkingDir: WORKSPACE,
    NetworkDisabled: true,
    Tty: false,
    // Dead-man switch: our attached stdin is the only one there will be. When this process dies the kernel closes
    // it, cat ends, and AutoRemove takes the container; the timeout is the second net.
    Entrypoint: [],
    Cmd: ['timeout', '-s', 'KILL', String(options.ttlSeconds), 'cat'],
    OpenStdin: true,
    StdinOnce: true,
    AttachStdin: true,
    AttachStdout: true,
    // No home: a script must not be able to plant configuration that the next tshark reads.
    Env: ['HOME=/nonexistent', `TMPDIR=${WORKSPACE}`, 'TZ=UTC', 'LC_ALL=C.UTF-8', 'PATH=/usr/bin:/bin'],
    StopSignal: 'SIGKILL',
    Labels: {
      [LABEL]: 'sandbox',
      [INSTANCE_LABEL]: options.instanceId,
      [EXPIRES_LABEL]: String(options.expiresAtSeconds),
    },
    HostConfig: hostConfig(options, limits),
  };
}

function hostConfig(options: ProfileOptions, limits: SandboxLimits): Docker.HostConfig {
  return {
    NetworkMode: 'none',
    IpcMode: 'none',
    ReadonlyRootfs: true,
    CapDrop: ['ALL'],
    Init: true,
    AutoRemove: true,
    // The API takes the profile itself, not a path. Docker's default still lets AF_VSOCK and io_uring through.
    SecurityOpt: ['no-new-privileges:true', `seccomp=${options.seccomp}`],
    PidsLimit: limits.pids,
    Memory: limits.memoryBytes,
    MemorySwap: limits.memoryBytes,
    NanoCpus: Math.round(limits.cpus * 1e9),
    OomScoreAdj: 500,
    // Whatever PID 1 printed would land in a file on the host.
    LogConfig: { Type: 'none', Config: {} },
    Ulimits: [
      { Name: 'nofile', Soft: 256, Hard: 256 },
      { Name: 'fsize', Soft: limits.workspaceBytes, Hard: limits.workspaceBytes },
      { Name: 'core', Soft: 0, Hard: 0 },
    ],
    Tmpfs: {
      [WORKSPACE]: `rw,nosuid,nodev,noexec,size=${limits.workspaceBytes},nr_inodes=4096,mode=0700,uid=65534,gid=65534`,
    },
    // Inside the workspace, where scripts look for it: a mount point can be neither removed nor renamed from inside.
    Mounts: [
      {
        Type: 'bind',
        Source: options.capture,
        Target: CAPTURE_PATH,
        ReadOnly: true,
        BindOptions: { Propagation: 'rprivate' },
      },
    ],
  };
}
