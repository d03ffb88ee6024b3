import { readFile } from 'node:fs/promises';
import { CapwrightError } from '../../../domain/errors.ts';
import { HolderFailed } from './holder.ts';

/** Why there is no sandbox, in our words, and the one command that helps. */
export interface Trouble {
  detail: string;
  fix: string;
}

export function unavailable({ detail, fix }: Trouble, cause?: unknown): CapwrightError {
  return new CapwrightError('SANDBOX_UNAVAILABLE', detail, `Run: ${fix}`, cause);
}

/** Turns what came up in a session into the one error of Capwright; its own errors pass unchanged. */
export function explain(error: unknown): CapwrightError {
  if (error instanceof CapwrightError) return error;
  const mounting = error instanceof HolderFailed;
  return new CapwrightError(
    'SANDBOX_FAILED',
    mounting
      ? 'The capture could not be mounted into the sandbox.'
      : 'The sandbox could not be made, or went away.',
    'Make the same call again; if that fails too, run `capwright doctor`.',
    error,
  );
}

/** What forbids user namespaces: file, value that forbids, what it means, setting that allows. */
const SWITCHES = [
  [
    '/proc/sys/user/max_user_namespaces',
    '0',
    'user.max_user_namespaces is 0',
    'user.max_user_namespaces=15000',
  ],
  [
    '/proc/sys/kernel/unprivileged_userns_clone',
    '0',
    'kernel.unprivileged_userns_clone is 0',
    'kernel.unprivileged_userns_clone=1',
  ],
  [
    '/proc/sys/kernel/apparmor_restrict_unprivileged_userns',
    '1',
    'AppArmor forbids them to unprivileged users',
    'kernel.apparmor_restrict_unprivileged_userns=0',
  ],
] as const;

export type ReadSetting = (path: string) => Promise<string | null>;

const readSetting: ReadSetting = async (path) => readFile(path, 'latin1').catch(() => null);

/** Names what kept bubblewrap from making its namespaces, as far as the kernel's settings tell. */
export async function namespaceTrouble(
  setupCommand: string,
  read: ReadSetting = readSetting,
): Promise<Trouble> {
  for (const [path, forbidding, meaning, setting] of SWITCHES) {
    if ((await read(path))?.trim() !== forbidding) continue;
    return {
      detail: `bubblewrap needs user namespaces, and this system forbids them: ${meaning}.`,
      fix: `sudo sysctl ${setting}`,
    };
  }
  return {
    detail:
      'bubblewrap could not make its namespaces: the kernel, or the container around this process, forbids it.',
    fix: setupCommand,
  };
}
