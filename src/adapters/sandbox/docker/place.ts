import type { Clock, Log } from '../../../ports.ts';
import type { Place } from '../run-command.ts';
import type { LiveContainer } from './container.ts';
import { httpStatus } from './engine.ts';
import { startExec } from './exec.ts';
import { SCRIPT_USER } from './profile.ts';
import { sweep } from './sweep.ts';

/** A container as the place where commands run, each as an exec of the script user. */
export function createPlace({ clock, log }: { clock: Clock; log: Log }, live: LiveContainer): Place {
  return {
    async start({ argv, stdin }, onData, signal) {
      try {
        return await startExec({ clock, signal }, live.handle, { user: SCRIPT_USER, argv, stdin, onData });
      } catch (error) {
        if (!signal.aborted) log('warn', 'the engine did not start a command', { status: httpStatus(error) });
        throw error;
      }
    },
    sweep: () => sweep({ clock }, live.handle),
    destroy: () => live.destroy(),
  };
}
