import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** What a piece of work cost: its processes, those they started, and containers. */
export interface Cost {
  wallMs: number;
  /** User and system time of them all. */
  cpuMs: number;
  /** The largest process at its largest, as `time -v` reports it. */
  peakMb: number;
  /** All of them together, at the worst moment seen. */
  peakTogetherMb: number;
}

export interface Spawning {
  env?: Record<string, string>;
  /** A program may say by its exit that it found something; only these codes are good. */
  mayExit?: readonly number[];
}

/** Runs a program to its end, its output thrown away; fails where it fails. */
export function costOf(argv: readonly string[], { env = {}, mayExit = [0] }: Spawning = {}): Promise<Cost> {
  const [program = '', ...args] = argv;
  let root = 0;
  const run = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const all = { ...process.env, ...env };
      const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], env: all });
      root = child.pid ?? 0;
      let said = '';
      child.stderr.on('data', (data: Buffer) => {
        said = `${said}${data.toString()}`.slice(-2_000);
      });
      child.once('error', reject);
      child.once('exit', (code) => {
        if (mayExit.includes(code ?? -1)) resolve();
        else reject(new Error(`${argv.join(' ')} ended with ${code}: ${said}`));
      });
    });
  return watched(() => root, waitedFor, run);
}

/** The cost of work that a process does which lives before and after it, with all processes below it. */
export function costWithin(root: number, work: () => Promise<unknown>): Promise<Cost> {
  forgetPeaks(root);
  return watched(
    () => root,
    () => spentBelow(root),
    work,
  );
}

/** Containers count as far as the kernel adds them up (control groups). */
async function watched(root: () => number, spent: () => number, work: () => Promise<unknown>): Promise<Cost> {
  let peakMb = 0;
  let peakTogetherMb = 0;
  const look = (): void => {
    const sizes = [...(root() === 0 ? [] : descendants(root())), ...inContainers()].map(memoryOf);
    peakMb = Math.max(peakMb, ...sizes.map(({ peak }) => peak));
    peakTogetherMb = Math.max(
      peakTogetherMb,
      sizes.reduce((sum, { now }) => sum + now, 0),
    );
  };
  const before = spent() + containerMs();
  const start = performance.now();
  const looking = setInterval(look, EVERY_MS);
  try {
    await work();
  } finally {
    clearInterval(looking);
  }
  const wallMs = performance.now() - start;
  const cpuMs = spent() + containerMs() - before;
  look();
  return { wallMs, cpuMs, peakMb, peakTogetherMb };
}

const EVERY_MS = 60;
const MS_PER_TICK = 10;
const KB_PER_MB = 1024;

/** What all processes have spent that this one has started and that are over. */
const waitedFor = (): number => times(process.pid).waited;

/** What a process has spent, and all below it, over or not. */
const spentBelow = (root: number): number =>
  descendants(root).reduce((sum, pid) => sum + times(pid).own + times(pid).waited, 0);

/** The fields of /proc/PID/stat behind the name, which is in brackets and may hold anything. */
function stat(pid: number | string): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}

function times(pid: number): { own: number; waited: number } {
  const ticks = stat(pid).slice(11, 15).map(Number);
  const [user = 0, system = 0, childrenUser = 0, childrenSystem = 0] = ticks;
  return { own: (user + system) * MS_PER_TICK, waited: (childrenUser + childrenSystem) * MS_PER_TICK };
}

/** The process and all below it. */
function descendants(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = Number(stat(name)[1]);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const found = [root];
  for (let at = 0; at < found.length; at += 1) found.push(...(children.get(found[at] ?? -1) ?? []));
  return found;
}

function memoryOf(pid: number): { peak: number; now: number } {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    const field = (name: string): number =>
      Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0);
    return { peak: field('VmHWM') / KB_PER_MB, now: field('VmRSS') / KB_PER_MB };
  } catch {
    return { peak: 0, now: 0 };
  }
}

/** Has the kernel measure the largest size of processes anew that have lived before. */
function forgetPeaks(root: number): void {
  for (const pid of descendants(root)) {
    try {
      writeFileSync(`/proc/${pid}/clear_refs`, '5');
    } catch {
      // Another user's process, or one that has ended: its old peak stands.
    }
  }
}

const DOCKER_V1 = '/sys/fs/cgroup/cpuacct/docker';
const DOCKER_V2 = '/sys/fs/cgroup/docker';

/** Whether the time of containers can be told here. */
export const canSeeContainers = (): boolean => existsSync(DOCKER_V1) || existsSync(DOCKER_V2);

/** What all containers of Docker have spent since it started. */
function containerMs(): number {
  if (existsSync(DOCKER_V1)) return Number(readFileSync(`${DOCKER_V1}/cpuacct.usage`, 'latin1')) / 1e6;
  if (!existsSync(DOCKER_V2)) return 0;
  return Number(/usage_usec (\d+)/.exec(readFileSync(`${DOCKER_V2}/cpu.stat`, 'latin1'))?.[1] ?? 0) / 1e3;
}

function inContainers(): number[] {
  const base = existsSync(DOCKER_V1) ? DOCKER_V1 : DOCKER_V2;
  if (!existsSync(base)) return [];
  return readdirSync(base, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => {
      try {
        return readFileSync(`${base}/${name}/cgroup.procs`, 'latin1').split('\n').filter(Boolean).map(Number);
      } catch {
        return [];
      }
    });
}
