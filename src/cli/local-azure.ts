import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Command } from './command.ts';
import { LOCAL_AZURE } from './local-azure-process.ts';

/**
 * `capwright local-azure`: the simulated Azure in the foreground, with all its own options, until it is
 * interrupted; it uses our exit codes.
 */
export const localAzure: Command = async (args, shell) => {
  const child = spawn(process.execPath, [...LOCAL_AZURE, ...args], { stdio: 'inherit' });
  const end = (): void => {
    child.kill('SIGTERM');
  };
  shell.stop.addEventListener('abort', end, { once: true });
  const [code] = await once(child, 'exit');
  return code === 0 || code === 2 ? code : 1;
};
