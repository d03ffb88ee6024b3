import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import Docker from 'dockerode';
import { imageReference } from '../../../../src/adapters/sandbox/docker/image.ts';
import { docker as sharedEngine, SANDBOX_DIR } from './support.ts';

/**
 * A Docker engine of a test's own, for what no shared one may be put through: it is restarted, killed, given other
 * runtimes, and kept from seeing folders. It lives in its own network, mount, PID and IPC namespaces, with its data in
 * a tmpfs of that mount namespace: it cannot touch the shared engine, and nothing of it outlives its first process.
 */
export interface PrivateEngine {
  readonly docker: Docker;
  readonly socketPath: string;
  /** Ends the daemon, SIGTERM by default, and starts it again on the same data; containers it finds are ended. */
  restart(signal?: 'TERM' | 'KILL'): Promise<void>;
  /** Ends the daemon and leaves it ended until `start`. */
  end(signal?: 'TERM' | 'KILL'): Promise<void>;
  start(): Promise<void>;
  /** Puts a file, readable by everybody, where only this engine sees it: into a folder that is hidden from it. */
  place(path: string, text: string): Promise<void>;
  /** Copies the sandbox image over from the shared engine. */
  loadImage(): Promise<void>;
  /** Ends everything and leaves nothing: no process, mount, folder or control group. Repeatable. */
  stop(): Promise<void>;
}

export interface PrivateEngineOptions {
  /** Runtimes by name, as daemon.json has them. */
  runtimes?: Readonly<Record<string, { path: string; runtimeArgs?: string[] }>>;
  /** Folders that the engine sees as empty: to it they are another machine's. */
  hide?: readonly string[];
}

/** Null where a private engine can run, else what is missing for it. */
export async function privateEngineMissing(): Promise<string | null> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'root on Linux';
  const folders = (process.env['PATH'] ?? '').split(':').concat('/usr/sbin');
  for (const program of ['dockerd', 'containerd', 'unshare']) {
    const found = await Promise.all(folders.map((folder) => exists(join(folder, program))));
    if (!found.includes(true)) return program;
  }
  return null;
}

/** Starts a private engine and waits until it answers. Throws with the end of its log where it does not. */
export async function startPrivateEngine(options: PrivateEngineOptions = {}): Promise<PrivateEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'cwe-'));
  const cgroup = `capwright-${folder.slice(-6)}`;
  const socketPath = join(folder, 'docker.sock');
  await writeFile(join(folder, 'daemon.json'), JSON.stringify({ runtimes: options.runtimes ?? {} }));
  const daemon = daemonArguments(folder, cgroup);
  const first = await firstProcess([folder, cgroup, ...(options.hide ?? []), '--', ...daemon]);
  const docker = new Docker({ socketPath });
  const engine: PrivateEngine = {
    docker,
    socketPath,
    async start() {
      await first.order('start');
      await answering(docker, folder);
    },
    end: (signal = 'TERM') => first.order(signal),
    async restart(signal) {
      await engine.end(signal);
      await engine.start();
    },
    place: (path, text) => first.order(`place ${Buffer.from(text).toString('base64')} ${path}`),
    async loadImage() {
      const image = sharedEngine.getImage(await imageReference(SANDBOX_DIR));
      const loading = await docker.loadImage(await image.get());
      loading.resume();
      await once(loading, 'end');
    },
    async stop() {
      await first.end();
    },
  };
  try {
    await engine.start();
    return engine;
  } catch (error) {
    await engine.stop();
    throw error;
  }
}

/**
 * The first process of the namespaces. Its standard input is a dead-man switch: when the test process dies, however
 * that happens, it clears up and ends, and the kernel ends all others with it. /run is emptied so that no socket of
 * the machine's own engine or containerd can be found there.
 */
const FIRST = `set -eu
folder=$1 cgroup=$2; shift 2
mount -t tmpfs -o mode=0755 tmpfs /run
while [ "$1" != -- ]; do mount -t tmpfs -o mode=0755 tmpfs "$1"; shift; done
shift
mkdir "$folder/data"
mount -t tmpfs -o mode=0711 tmpfs "$folder/data"
daemon=
containerd=/run/docker/containerd/containerd.pid
while read -r order text path; do
  case $order in
    place) echo "$text" | base64 -d >"$path"; chmod 0644 "$path" ;;
    start) "$@" >>"$folder/log" 2>&1 </dev/null & daemon=$! ;;
    *)
      kill "-$order" "$daemon" 2>/dev/null || true; wait "$daemon" || true
      # Killed, the daemon leaves its containerd dying: the next one would take it for alive and wait for it.
      kill -KILL "$(cat $containerd 2>/dev/null)" 2>/dev/null || true
      rm -f $containerd ;;
  esac
  echo "done"
done
set +e
kill -KILL -1
umount -l "$folder/data"
rm -rf "$folder"
# The kernel keeps the directories of control groups, and lets them go when the last process in them has.
for group in "/sys/fs/cgroup/$cgroup" /sys/fs/cgroup/*/"$cgroup"; do
  for attempt in 1 2 3 4 5 6 7 8 9 10; do
    [ -d "$group" ] || break
    find "$group" -depth -type d -exec rmdir {} + && break
    sleep 0.1
  done
done`;

const NAMESPACES = [
  '--net',
  '--mount',
  '--ipc',
  '--pid',
  '--fork',
  '--mount-proc',
  '--propagation',
  'private',
];

function daemonArguments(folder: string, cgroup: string): readonly string[] {
  return [
    'dockerd',
    `--host=unix://${join(folder, 'docker.sock')}`,
    `--data-root=${join(folder, 'data')}`,
    // Short, and in the emptied /run: the paths of containerd's sockets have a limit.
    '--exec-root=/run/docker',
    '--pidfile=/run/docker.pid',
    `--config-file=${join(folder, 'daemon.json')}`,
    '--bridge=none',
    '--iptables=false',
    '--ip-forward=false',
    '--ip-masq=false',
    '--exec-opt=native.cgroupdriver=cgroupfs',
    `--cgroup-parent=/${cgroup}`,
  ];
}

interface First {
  /** Has one order carried out: `start`, or the signal that ends the daemon. */
  order(word: string): Promise<void>;
  end(): Promise<void>;
}

async function firstProcess(words: readonly string[]): Promise<First> {
  const path = `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`;
  const { DOCKER_HOST: _host, ...env } = process.env;
  const child: ChildProcessWithoutNullStreams = spawn(
    'unshare',
    [...NAMESPACES, '--', 'sh', '-c', FIRST, 'engine', ...words],
    { env: { ...env, PATH: path }, detached: true },
  );
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stdin.on('error', () => undefined);
  const ended = once(child, 'close').then(() => undefined);
  const answers = createInterface({ input: child.stdout });
  return {
    async order(word) {
      const answer = once(answers, 'line').then(() => true);
      child.stdin.write(`${word}\n`);
      if ((await Promise.race([answer, ended])) !== true)
        throw new Error(`the private engine ended: ${said}`);
    },
    async end() {
      child.stdin.end();
      await ended;
    },
  };
}

async function answering(docker: Docker, folder: string): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    try {
      await docker.ping();
      return;
    } catch {
      await delay(100);
    }
  }
  const log = await readFile(join(folder, 'log'), 'utf8').catch(() => '');
  throw new Error(`the private engine did not answer: ${log.slice(-2_000)}`);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
