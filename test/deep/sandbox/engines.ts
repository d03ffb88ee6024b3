import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createBubblewrapSandbox } from '../../../src/adapters/sandbox/bubblewrap/bubblewrap-sandbox.ts';
import type { Sandbox } from '../../../src/ports.ts';
import { clock, containersOf, sandboxIn, SANDBOX_DIR } from '../../adapters/sandbox/docker/support.ts';

export interface TestEngine {
  name: string;
  sandbox: Sandbox;
  /** What of this engine still runs for these tests: containers, processes. Empty is what a test wants. */
  leftovers(): Promise<string[]>;
}

/** The engines that these tests run on, with everything that they need to write below `folder`. */
export function testEngines(folder: string): TestEngine[] {
  const instanceId = `deep-${process.pid}`;
  return [
    {
      name: 'docker',
      sandbox: sandboxIn(folder, { instanceId }),
      leftovers: () => containersOf(instanceId),
    },
    {
      name: 'bubblewrap',
      sandbox: createBubblewrapSandbox({
        sandboxDir: SANDBOX_DIR,
        stagingDir: join(folder, 'staging'),
        instanceId,
        instanceAlive: () => false,
        clock,
        log: () => undefined,
      }),
      leftovers: async () => childProcesses().filter((name) => /bwrap/.test(name)),
    },
  ];
}

/** Those that can run here; a loud line for each that cannot. */
export async function enginesHere(folder: string): Promise<TestEngine[]> {
  const here: TestEngine[] = [];
  for (const engine of testEngines(folder)) {
    const { ready, detail } = await engine.sandbox.status();
    if (ready) here.push(engine);
    else process.stderr.write(`NOT TESTED on ${engine.name}: ${detail}\n`);
  }
  return here;
}

/** Names of the processes that this one has as children. */
export function childProcesses(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const [, name, parent] = /^\d+ \((.*)\) \S (\d+) /s.exec(statOf(pid)) ?? [];
      return Number(parent) === process.pid && name !== undefined ? [`${name} (${pid})`] : [];
    });
}

function statOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return '';
  }
}
