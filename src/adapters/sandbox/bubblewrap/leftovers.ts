import { readdir, readFile, stat } from 'node:fs/promises';
import type { Clock, LeftoverContainer } from '../../../ports.ts';
import { MARKER } from './command-line.ts';
import { findProcess, kill, type ProcessRef } from './processes.ts';

export interface LeftoverDeps {
  clock: Clock;
  instanceId: string;
  instanceAlive: (id: string) => boolean;
}

/**
 * Processes of sandboxes whose server is gone. They end with it, so there are none unless the kernel was kept from
 * doing that: a server killed in the instant in which bubblewrap began, say.
 */
export async function listLeftovers(deps: LeftoverDeps): Promise<LeftoverContainer[]> {
  const found: LeftoverContainer[] = [];
  for (const name of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(name)) continue;
    const process = await orphan(deps, Number(name));
    if (process === null) continue;
    const begun = await stat(`/proc/${name}`).catch(() => null);
    const ageSeconds =
      begun === null ? 0 : Math.max(0, Math.round((deps.clock.now() - begun.ctimeMs) / 1000));
    found.push({ id: idOf(process), reason: 'the process that made it is gone', ageSeconds });
  }
  return found;
}

/** Ends one leftover, after another look: its number may be another process's by now. */
export async function removeLeftover(deps: LeftoverDeps, id: string): Promise<void> {
  const process = await orphan(deps, Number(/^(\d+)-\d+$/.exec(id)?.[1] ?? 0));
  if (process !== null && idOf(process) === id) await kill(process);
}

const idOf = ({ pid, startTicks }: ProcessRef): string => `${pid}-${startTicks}`;

/** The process, where it is marked as one of a sandbox and its owner is dead. */
async function orphan(deps: LeftoverDeps, pid: number): Promise<ProcessRef | null> {
  // Another user's cannot be read, and is not ours to end.
  const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
  const entry = environment.split('\0').find((entry) => entry.startsWith(`${MARKER}=`));
  const owner = entry?.slice(MARKER.length + 1);
  if (owner === undefined || owner === deps.instanceId || deps.instanceAlive(owner)) return null;
  return findProcess(pid);
}
