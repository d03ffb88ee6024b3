import { join, resolve } from 'node:path';
import { createBubblewrapSandbox } from '../../src/adapters/sandbox/bubblewrap/bubblewrap-sandbox.ts';
import { createDockerSandbox } from '../../src/adapters/sandbox/docker/docker-sandbox.ts';
import { createPodmanSandbox } from '../../src/adapters/sandbox/podman/podman-sandbox.ts';
import { createSystemClock } from '../../src/adapters/process/system-clock.ts';
import type { Sandbox } from '../../src/ports.ts';

export const SANDBOX_DIR = resolve(import.meta.dirname, '../../sandbox');

export interface Engine {
  name: string;
  sandbox: Sandbox;
  /** Which bare tshark is the same as the one inside. */
  sameAs: 'image' | 'host';
}

/** Every engine that Capwright knows; whether it is here is asked of its status. */
export function engines(folder: string): Engine[] {
  const deps = {
    sandboxDir: SANDBOX_DIR,
    stagingDir: join(folder, 'staging'),
    instanceId: `bench-${process.pid}`,
    instanceAlive: (): boolean => true,
    clock: createSystemClock(),
    log: (): void => undefined,
  };
  return [
    { name: 'docker', sandbox: createDockerSandbox(deps), sameAs: 'image' },
    { name: 'gvisor', sandbox: createDockerSandbox({ ...deps, runtime: 'runsc' }), sameAs: 'image' },
    {
      name: 'podman',
      sandbox: createPodmanSandbox({
        ...deps,
        places: {
          containerHost: process.env['CONTAINER_HOST'] ?? null,
          runtimeDir: process.env['XDG_RUNTIME_DIR'] ?? null,
        },
        probeFile: join(folder, 'podman-probe.json'),
      }),
      sameAs: 'image',
    },
    { name: 'bubblewrap', sandbox: createBubblewrapSandbox(deps), sameAs: 'host' },
  ];
}
