import type Docker from 'dockerode';
import type { Clock } from '../../../ports.ts';
import type { Swept } from '../run-command.ts';
import { bounded } from './engine.ts';
import { startExec } from './exec.ts';
import { createOutput } from '../output.ts';
import { SCRIPT_USER } from './profile.ts';

/**
 * Kills everything that runs as the script user but this shell, then reads how often the kernel ran out of memory
 * (cgroup v2, then v1). Builtins only: under a fork bomb there is no process left to be had.
 */
const SWEEP = `kill -9 -1 2>/dev/null
for file in /sys/fs/cgroup/memory.events /sys/fs/cgroup/memory/memory.oom_control; do
  [ -r "$file" ] && while read -r key value; do [ "$key" = oom_kill ] && echo "oom_kill $value"; done < "$file"
done
echo swept`;

const SWEEP_MS = 5_000;

/** Ends what a command left behind. Null means that it could not be confirmed: the container must go. */
export async function sweep(deps: { clock: Clock }, container: Docker.Container): Promise<Swept | null> {
  try {
    return await bounded(attempt(deps, container), { clock: deps.clock, ms: SWEEP_MS });
  } catch {
    return null;
  }
}

async function attempt(deps: { clock: Clock }, container: Docker.Container): Promise<Swept | null> {
  const output = createOutput(4096);
  const exec = await startExec(deps, container, {
    user: SCRIPT_USER,
    argv: ['bash', '-c', SWEEP],
    onData: (_stream, bytes) => output.add(bytes),
  });
  const clean = await exec.ended;
  exec.release();
  return clean ? readSwept(output.text()) : null;
}

function readSwept(text: string): Swept | null {
  if (!/^swept$/m.test(text)) return null;
  const count = /^oom_kill (\d+)$/m.exec(text)?.[1];
  return { oomKills: count === undefined ? null : Number(count) };
}
