import { chmod } from 'node:fs/promises';
import type { Clock } from '../../../ports.ts';
import type { Place } from '../run-command.ts';
import { cancelled } from '../turns.ts';
import { type SandboxedCommand, startCommand } from './command.ts';
import type { Holder } from './holder.ts';
import { watchMemory } from './memory-watch.ts';

export interface PlaceDeps {
  clock: Clock;
  holder: Holder;
  env: NodeJS.ProcessEnv;
  seccomp: Uint8Array;
  memoryBytes: number;
  /** Memory that the machine has left. */
  availableBytes: () => Promise<number>;
  commandLine: (argv: readonly string[]) => string[];
}

/** A holder's workspace as the place where commands run, each in fresh namespaces that end with it. */
export function createPlace(deps: PlaceDeps): Place {
  const { clock, holder } = deps;
  let current: { command: SandboxedCommand; watch: Promise<boolean> } | null = null;
  let memoryKills = 0;
  return {
    async start({ argv, stdin }, onData, signal) {
      if (signal.aborted) throw cancelled();
      const command = startCommand(clock, {
        argv: deps.commandLine(argv),
        env: deps.env,
        seccomp: deps.seccomp,
        room: holder.room,
        stdin,
        onData,
      });
      const watch = watchMemory(clock, holder, command, deps.memoryBytes, deps.availableBytes);
      current = { command, watch };
      return command;
    },
    async sweep() {
      if (current === null || !holder.alive) return null;
      const { command, watch } = current;
      if (!(await command.gone())) return null;
      current = null;
      if (!(await giveBack(holder.room))) return null;
      if (await watch) memoryKills += 1;
      return { oomKills: memoryKills };
    },
    async destroy() {
      const last = current;
      current = null;
      await last?.command.kill('over');
      await last?.command.gone();
      last?.command.release();
      await holder.destroy();
    },
  };
}

/**
 * A script may have taken permissions away, of its own workspace and, where it is the server's own user to the host, of
 * the pipes: the next command could not enter or write. False where that cannot be mended.
 */
async function giveBack(room: string): Promise<boolean> {
  try {
    await chmod(`${room}/workspace`, 0o700);
    for (const pipe of ['stdout', 'stderr']) await chmod(`${room}/${pipe}`, 0o666);
    return true;
  } catch {
    return false;
  }
}
