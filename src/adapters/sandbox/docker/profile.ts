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

/** What the names of our volumes begin with; no container's id does. */
export const VOLUME_PREFIX = 'capwright-';
/** Where a volume with a capture is mounted; nobody looks there, scripts find the capture where it always is. */
export const VOLUME_MOUNT = '/capwright-capture';

export interface ProfileOptions {
  image: string;
  /** Path of the capture as the engine sees it. */
  capture: string;
  /** The volume that `capture` lies in, where it does. */
  volume?: string | undefined;
  /** Default: what the engine's default is. */
  runtime?: string | undefined;
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
    Labels: ownerLabels(options.instanceId, options.expiresAtSeconds),
    HostConfig: hostConfig(options, limits),
  };
}

/** Whose a container or volume is, and until when anybody can want it. */
export function ownerLabels(instanceId: string, expiresAtSeconds: number): Record<string, string> {
  return {
    [LABEL]: 'sandbox',
    [INSTANCE_LABEL]: instanceId,
    [EXPIRES_LABEL]: String(expiresAtSeconds),
  };
}

/** A container that is never started: the engine only takes an archive for a volume through one. */
export function helperOptions(
  image: string,
  volume: string,
  instanceId: string,
  expiresAtSeconds: number,
): Docker.ContainerCreateOptions {
  return {
    Image: image,
    User: SUPERVISOR,
    NetworkDisabled: true,
    Entrypoint: [],
    Cmd: ['true'],
    Labels: ownerLabels(instanceId, expiresAtSeconds),
    HostConfig: {
      NetworkMode: 'none',
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      LogConfig: { Type: 'none', Config: {} },
      Mounts: [{ Type: 'volume', Source: volume, Target: VOLUME_MOUNT }],
    },
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
      // Engines mount message queues there, which anybody may write to and which outlive the sweep after a command.
      '/dev/mqueue': 'ro,nosuid,nodev,noexec,size=4k,mode=0555',
    },
    Mounts: mounts(options),
    ...(options.runtime === undefined ? {} : { Runtime: options.runtime }),
  };
}

/**
 * Inside the workspace, where scripts look for it: a mount point can be neither removed nor renamed from inside. Only
 * a bind mount can put a single file there, so of a volume the file's own place on the engine's disk is bound; the
 * volume is mounted too, so that the engine knows that it is in use.
 */
function mounts({ capture, volume }: ProfileOptions): Docker.MountConfig {
  const file: Docker.MountSettings = {
    Type: 'bind',
    Source: capture,
    Target: CAPTURE_PATH,
    ReadOnly: true,
    // Engines insist on rslave for what lies among their own data.
    BindOptions: { Propagation: volume === undefined ? 'rprivate' : 'rslave' },
  };
  if (volume === undefined) return [file];
  return [file, { Type: 'volume', Source: volume, Target: VOLUME_MOUNT, ReadOnly: true }];
}
