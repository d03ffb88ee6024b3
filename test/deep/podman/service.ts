import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { finished } from 'node:stream/promises';
import Docker from 'dockerode';
import { imageReference } from '../../../src/adapters/sandbox/docker/image.ts';
import { clock, docker, SANDBOX_DIR } from '../../adapters/sandbox/docker/support.ts';

/** Podman's service with a store of its own, the sandbox image in it. */
export interface PodmanService {
  docker: Docker;
  socketPath: string;
  image: string;
  /** Ends the service and everything in its store. */
  stop(): Promise<void>;
}

/** False, and a loud line on stderr, where this machine has no Podman for the tests to start. */
export async function hasPodman(): Promise<boolean> {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const found = await Promise.all(folders.map((folder) => exists(join(folder, 'podman'))));
  const usable = found.includes(true) && process.getuid?.() === 0;
  if (!usable)
    process.stderr.write('!! NOT TESTED: the sandbox on Podman; it is not here, or this is not root\n');
  return usable;
}

export async function startPodmanService(): Promise<PodmanService> {
  const folder = await mkdtemp(join(tmpdir(), 'cwp-'));
  const socketPath = join(folder, 'podman.sock');
  const store = [
    '--root',
    join(folder, 'root'),
    '--runroot',
    join(folder, 'run'),
    '--cgroup-manager',
    'cgroupfs',
  ];
  const service = spawn('podman', [...store, 'system', 'service', '--time=0', `unix://${socketPath}`], {
    stdio: 'ignore',
    // Its watchers leave a file `oom` in the folder that they were started in.
    cwd: folder,
  });
  const stop = async (): Promise<void> => {
    await run('podman', [...store, 'rm', '--all', '--force', '--volumes']);
    await run('podman', [...store, 'volume', 'rm', '--all', '--force']);
    service.kill();
    if (service.exitCode === null && service.signalCode === null) await once(service, 'exit');
    await endWatchers(folder);
    await run('podman', [...store, 'system', 'reset', '--force']);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    for (let tries = 0; tries < 300 && !(await exists(socketPath)); tries += 1) await clock.sleep(100);
    const image = await imageReference(SANDBOX_DIR);
    const podman = new Docker({ socketPath });
    const loaded = await podman.loadImage(await docker.getImage(image).get());
    await finished(loaded.resume());
    return { docker: podman, socketPath, image, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Podman watches over each exec until minutes after its end, and would then make its store again to note that. */
async function endWatchers(folder: string): Promise<void> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (/^\S*conmon\0/.test(command) && command.includes(`${folder}/`)) process.kill(Number(pid), 'SIGKILL');
  }
}

async function run(program: string, argv: readonly string[]): Promise<void> {
  await once(spawn(program, argv, { stdio: 'ignore' }), 'exit');
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
