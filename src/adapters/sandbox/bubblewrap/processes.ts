import { readFile } from 'node:fs/promises';

/** A process that cannot be taken for another one that got its number later. */
export interface ProcessRef {
  pid: number;
  /** Clock ticks between boot and its start. */
  startTicks: string;
}

/** The process of this number, or null where there is none or it has ended. */
export async function findProcess(pid: number): Promise<ProcessRef | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  // The name stands in parentheses and may hold anything, parentheses too.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  const startTicks = fields[19];
  // A zombie has nothing left but its exit code, and nobody may ever ask for that.
  if (state === undefined || startTicks === undefined || 'ZX'.includes(state)) return null;
  return { pid, startTicks };
}

/** Whether the process has ended. That of a pid namespace's first process means: nothing runs in there any more. */
export async function hasEnded(process: ProcessRef): Promise<boolean> {
  return (await findProcess(process.pid))?.startTicks !== process.startTicks;
}

/** SIGKILL to just this process, and to none that has its number by now. */
export async function kill(process: ProcessRef): Promise<void> {
  if (await hasEnded(process)) return;
  try {
    globalThis.process.kill(process.pid, 'SIGKILL');
  } catch {
    // It ended in between.
  }
}
