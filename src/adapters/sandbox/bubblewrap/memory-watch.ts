import { readdir, readFile, readlink, statfs } from 'node:fs/promises';
import { totalmem } from 'node:os';
import type { Clock } from '../../../ports.ts';
import type { Holder } from './holder.ts';
import type { SandboxedCommand } from './command.ts';

const INTERVAL_MS = 25;
const MIB = 1024 ** 2;
/** So much of the machine's memory stays free, whatever a sandbox may use and by whatever means it hides it. */
const RESERVE_BYTES = Math.max(128 * MIB, totalmem() / 20);

/**
 * Watches the memory of a command until it ends, and kills it when processes and workspace together have more than
 * the limit, or when the machine itself is about to run out. True where it did. Never throws.
 */
export async function watchMemory(
  clock: Clock,
  holder: Holder,
  command: SandboxedCommand,
  limitBytes: number,
  availableBytes: () => Promise<number>,
): Promise<boolean> {
  const first = await command.first;
  if (first === null) return false;
  const over = new AbortController();
  void command.exited.then(() => over.abort());
  while (!over.signal.aborted) {
    const used = await usedBytes(`/proc/${first.pid}/root/proc`, `${holder.room}/workspace`).catch(
      () => null,
    );
    if (used !== null && (used > limitBytes || (await availableBytes()) < RESERVE_BYTES)) {
      await command.kill('forMemory');
      return true;
    }
    await clock.sleep(INTERVAL_MS, over.signal);
  }
  return false;
}

/** What the machine could still give without swapping. */
export async function machineAvailableBytes(): Promise<number> {
  const text = await readFile('/proc/meminfo', 'latin1');
  const kib = /^MemAvailable:\s+(\d+) kB$/m.exec(text)?.[1];
  return kib === undefined ? Infinity : Number(kib) * 1024;
}

/** Null while the command's own view of its processes does not stand yet. */
async function usedBytes(proc: string, workspace: string): Promise<number | null> {
  // Of another pid namespace's /proc this process is no part, so it has no `self` there; the host's has one.
  const foreign = await readlink(`${proc}/self`).then(
    () => false,
    () => true,
  );
  if (!foreign) return null;
  const pids = (await readdir(proc)).filter((name) => /^\d+$/.test(name));
  const sizes = await Promise.all(pids.map((pid) => processBytes(`${proc}/${pid}/status`)));
  const { blocks, bfree, bsize } = await statfs(workspace);
  return sizes.reduce((sum, bytes) => sum + bytes, (blocks - bfree) * bsize);
}

/** What a process has of its own, in memory or swapped out; pages of files can be dropped and do not count. */
async function processBytes(path: string): Promise<number> {
  const status = await readFile(path, 'latin1').catch(() => '');
  const counts = status.matchAll(/^(?:RssAnon|RssShmem|VmSwap|VmPTE):\s+(\d+) kB$/gm);
  return [...counts].reduce((sum, [, kib]) => sum + Number(kib) * 1024, 0);
}
