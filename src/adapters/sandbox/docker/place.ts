import type { Clock, Log } from '../../../ports.ts';
import type { Place } from '../run-command.ts';
import type { Cgroup } from './cgroup.ts';
import type { LiveContainer } from './container.ts';
import { httpStatus } from './engine.ts';
import { entering } from './enter.ts';
import { startExec } from './exec.ts';
import { SCRIPT_USER } from './profile.ts';
import { sweep } from './sweep.ts';

/**
 * A container as the place where commands run, each as an exec of the script user. Where this machine's kernel shows
 * that a command has left nothing, nothing is swept: an exec costs as much as all the rest of a short command.
 */
export function createPlace(
  { clock, log }: { clock: Clock; log: Log },
  live: LiveContainer,
  cgroup: Promise<Cgroup | null>,
): Place {
  return {
    async start({ argv, stdin }, onData, signal) {
      try {
        return await startExec({ clock, signal }, live.handle, {
          user: SCRIPT_USER,
          argv: entering(argv),
          stdin,
          onData,
        });
      } catch (error) {
        if (!signal.aborted) log('warn', 'the engine did not start a command', { status: httpStatus(error) });
        throw error;
      }
    },
    sweep: async () => (await (await cgroup)?.quiet()) ?? (await sweep({ clock }, live.handle)),
    destroy: async () => void (await live.destroy()),
  };
}
