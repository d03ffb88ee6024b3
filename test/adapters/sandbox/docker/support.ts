import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Docker from 'dockerode';
import { type LiveContainer, startContainer } from '../../../../src/adapters/sandbox/docker/container.ts';
import {
  createDockerSandbox,
  type DockerSandboxDeps,
} from '../../../../src/adapters/sandbox/docker/docker-sandbox.ts';
import { startExec } from '../../../../src/adapters/sandbox/docker/exec.ts';
import { imageReference } from '../../../../src/adapters/sandbox/docker/image.ts';
import { createOutput } from '../../../../src/adapters/sandbox/output.ts';
import { containerOptions } from '../../../../src/adapters/sandbox/docker/profile.ts';
import type { Clock, RunCommand, RunResult, SandboxLimits, SandboxSession } from '../../../../src/ports.ts';

export const docker = new Docker();
export const SANDBOX_DIR = resolve(import.meta.dirname, '../../../../sandbox');
const MIB = 1024 ** 2;
export const SMALL: SandboxLimits = {
  memoryBytes: 192 * MIB,
  cpus: 1,
  pids: 64,
  workspaceBytes: 32 * MIB,
};

export const clock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  },
};

/** A folder that holds a capture of three packets; `remove` takes it away. */
export async function captureFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'capwright-sandbox-test-'));
  const capture = join(folder, 'three packets.pcap');
  await writeFile(capture, threePackets(), { mode: 0o644 });
  return { folder, capture, remove: () => rm(folder, { recursive: true, force: true }) };
}

export function sandboxIn(folder: string, deps: Partial<DockerSandboxDeps> = {}) {
  return createDockerSandbox({
    sandboxDir: SANDBOX_DIR,
    stagingDir: join(folder, 'staging'),
    instanceId: `test-${process.pid}`,
    instanceAlive: () => false,
    clock,
    log: () => undefined,
    ...deps,
  });
}

/** Runs a Bash script in a session. */
export function bash(
  session: SandboxSession,
  script: string,
  options: Partial<RunCommand> = {},
): Promise<RunResult> {
  return session.run({
    argv: ['bash', '-c', script],
    timeoutMs: 20_000,
    maxOutputBytes: MIB,
    ...options,
  });
}

type Weaken = (options: Docker.ContainerCreateOptions, host: Docker.HostConfig) => void;

/** The real profile without seccomp, weakened further. */
export async function weakContainer(capture: string, weaken: Weaken): Promise<LiveContainer> {
  const options = containerOptions({
    image: await imageReference(SANDBOX_DIR),
    capture,
    limits: SMALL,
    seccomp: 'unconfined',
    instanceId: `test-${process.pid}`,
    ttlSeconds: 60,
    expiresAtSeconds: Math.ceil(clock.now() / 1000) + 60,
  });
  weaken(options, options.HostConfig ?? {});
  return startContainer({ docker, clock, log: () => undefined }, options);
}

/** Output of a script in a container, run as `user` and swept by nobody. */
export async function execIn(live: LiveContainer, user: string, script: string): Promise<string> {
  const output = createOutput(MIB);
  const exec = await startExec({ clock }, live.handle, {
    user,
    argv: ['timeout', '-s', 'KILL', '20', 'bash', '-c', script],
    onData: (_stream, bytes) => output.add(bytes),
  });
  await exec.ended;
  exec.release();
  return output.text();
}

/** Ids of the containers that an instance has, running or not. */
export async function containersOf(instanceId: string): Promise<string[]> {
  const filters = { label: [`capwright.instance=${instanceId}`] };
  return (await docker.listContainers({ all: true, filters })).map((container) => container.Id);
}

/** A classic pcap with three tiny UDP packets. */
function threePackets(): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65_535, 16);
  header.writeUInt32LE(1, 20);
  const frame = Buffer.from(
    // Ethernet, then IPv4 192.0.2.1 to 192.0.2.2, then UDP 12345 to 12345 with one byte.
    '02000000000202000000000108004500001d0001000040110000c0000201c0000202303930390009000041',
    'hex',
  );
  const packets = [1, 2, 3].map((second) => {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(second, 0);
    record.writeUInt32LE(frame.length, 8);
    record.writeUInt32LE(frame.length, 12);
    return Buffer.concat([record, frame]);
  });
  return Buffer.concat([header, ...packets]);
}
