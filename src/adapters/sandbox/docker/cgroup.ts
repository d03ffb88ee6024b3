import { readFile } from 'node:fs/promises';
import type Docker from 'dockerode';
import { z } from 'zod';
import type { Clock } from '../../../ports.ts';
import type { Swept } from '../run-command.ts';
import { bounded } from './engine.ts';

/** A container's control group, as the kernel of this machine tells of it: nothing inside can lie about that. */
export interface Cgroup {
  /** What a sweep would say, where only the supervisor's processes are left; null where it takes one. */
  quiet(): Promise<Swept | null>;
}

/** The init, the timeout and the cat that a container begins with; no script may end one of them. */
const SUPERVISOR_TASKS = 3;
/** Runtimes whose containers' processes are processes of this kernel; gVisor and Kata keep theirs to themselves. */
const PLAIN_RUNTIMES = ['runc', 'io.containerd.runc.v2', 'crun'];
/** The init needs a moment to bury what ended last. */
const LOOKS = 4;
const PAUSE_MS = 2;

const Inspected = z.object({
  Id: z.string().regex(/^[0-9a-f]{64}$/),
  State: z.object({ Pid: z.int().positive() }),
  HostConfig: z.object({ Runtime: z.enum(PLAIN_RUNTIMES) }),
});

/**
 * Finds the control group of a running container; null where this kernel is not the one that runs it (a remote
 * engine, a machine of the engine's own, a server in a container), or keeps no count that can be trusted. Never throws.
 */
export async function findCgroup(
  { clock }: { clock: Clock },
  container: Docker.Container,
): Promise<Cgroup | null> {
  try {
    const { Id: id, State: state } = Inspected.parse(await bounded(container.inspect(), { clock }));
    const files = filesOf(await readFile(`/proc/${state.Pid}/cgroup`, 'utf8'), id);
    if (files === null || (await look(files)) === null) return null;
    return { quiet: () => quiet(clock, files) };
  } catch {
    return null;
  }
}

interface Files {
  tasks: string;
  memory: string;
}

/**
 * Where the group's files are. Its path has to name the container: the engine's process number alone may be that of
 * anybody, where the engine counts its own processes.
 */
export function filesOf(proc: string, id: string): Files | null {
  const paths = new Map<string, string>();
  for (const line of proc.split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) continue;
    if (!path.includes(id) || path.split('/').includes('..')) continue;
    for (const controller of controllers.split(',')) paths.set(controller, path);
  }
  const [pids, memory, unified] = [paths.get('pids'), paths.get('memory'), paths.get('')];
  if (pids !== undefined && memory !== undefined) {
    return {
      tasks: `/sys/fs/cgroup/pids${pids}/pids.current`,
      memory: `/sys/fs/cgroup/memory${memory}/memory.oom_control`,
    };
  }
  if (unified === undefined) return null;
  const group = `/sys/fs/cgroup${unified}`;
  return { tasks: `${group}/pids.current`, memory: `${group}/memory.events` };
}

async function quiet(clock: Clock, files: Files): Promise<Swept | null> {
  for (let n = 0; n < LOOKS; n += 1) {
    const seen = await look(files).catch(() => null);
    if (seen === null) return null;
    if (seen.tasks === SUPERVISOR_TASKS) return { oomKills: seen.oomKills };
    await clock.sleep(PAUSE_MS);
  }
  return null;
}

async function look(files: Files): Promise<{ tasks: number; oomKills: number } | null> {
  const [tasks, memory] = await Promise.all([readFile(files.tasks, 'utf8'), readFile(files.memory, 'utf8')]);
  const oomKills = /^oom_kill (\d+)$/m.exec(memory)?.[1];
  if (!/^\d+\n$/.test(tasks) || oomKills === undefined) return null;
  return { tasks: Number(tasks), oomKills: Number(oomKills) };
}
