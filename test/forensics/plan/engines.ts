import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createBubblewrapSandbox } from '../../../src/adapters/sandbox/bubblewrap/bubblewrap-sandbox.ts';
import { createDockerSandbox } from '../../../src/adapters/sandbox/docker/docker-sandbox.ts';
import { generateScenario } from '../../../src/local-azure/traffic/scenario.ts';
import type { Clock, Sandbox } from '../../../src/ports.ts';

export const clock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
};

export const scenario = generateScenario({
  seed: 7,
  startTime: 1_780_000_000,
  durationSeconds: 30,
  local: { address: '10.0.0.4' },
});

export const ENGINES = ['docker', 'bubblewrap'] as const;

export interface Bench {
  sandbox: Sandbox;
  /** The scenario as a file. */
  capture: string;
  clear(): Promise<void>;
}

/** A real sandbox of this kind, with a folder of its own and the scenario in it. */
export async function benchOf(engine: (typeof ENGINES)[number], bytes = scenario.pcap): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'capwright-plan-'));
  const capture = join(folder, 'capture.cap');
  await writeFile(capture, bytes, { mode: 0o600 });
  const create = engine === 'docker' ? createDockerSandbox : createBubblewrapSandbox;
  const sandbox = create({
    sandboxDir: resolve(import.meta.dirname, '../../../sandbox'),
    stagingDir: join(folder, 'staging'),
    instanceId: `plan-${process.pid}`,
    instanceAlive: () => false,
    clock,
    log: () => undefined,
  });
  return { sandbox, capture, clear: () => rm(folder, { recursive: true, force: true }) };
}
