import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createBubblewrapSandbox } from '../../../../src/adapters/sandbox/bubblewrap/bubblewrap-sandbox.ts';
import { MARKER } from '../../../../src/adapters/sandbox/bubblewrap/command-line.ts';
import { clock, SANDBOX_DIR } from '../docker/support.ts';
import { control } from './bubblewrap-control.ts';
import type { Engine } from './engine.ts';

/** bubblewrap with the tools of this machine. Its profile is read from `sandboxDir`. */
export function bubblewrapWith(sandboxDir: string): Engine {
  return {
    name: 'bubblewrap',
    hostUid: process.getuid?.() === 0 ? 65_534 : (process.getuid?.() ?? 0),
    lacks: new Map([
      [
        'supervisor of another user',
        'Every command has namespaces of its own, so ending the supervisor ends just that command.',
      ],
    ]),
    ownProcesses: ['bwrap', 'timeout'],
    sandbox: (folder, owner) =>
      createBubblewrapSandbox({
        sandboxDir,
        stagingDir: join(folder, 'staging'),
        instanceAlive: () => false,
        clock,
        log: () => undefined,
        ...owner,
      }),
    control: (capture, without, ...programs) => control(sandboxDir, capture, without, programs),
    traces: processesOf,
    clear,
  };
}

export const bubblewrapEngine = bubblewrapWith(SANDBOX_DIR);

async function processesOf(instanceId: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const marked = await Promise.all(
    pids.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
      return environment.split('\0').includes(`${MARKER}=${instanceId}`);
    }),
  );
  return pids.filter((_pid, index) => marked[index]);
}

async function clear(instanceId: string): Promise<void> {
  for (const pid of await processesOf(instanceId)) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It ended with one before it.
    }
  }
}
