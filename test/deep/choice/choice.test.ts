import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createSandbox } from '../../../src/adapters/sandbox/choose-sandbox.ts';
import type { Isolation } from '../../../src/ports.ts';
import { bubblewrapHere } from '../../adapters/sandbox/bubblewrap/support.ts';
import {
  type PrivateEngine,
  privateEngineMissing,
  startPrivateEngine,
} from '../../adapters/sandbox/docker/private-engine.ts';
import { bash, captureFolder, clock, SANDBOX_DIR, SMALL } from '../../adapters/sandbox/docker/support.ts';

const missing = await privateEngineMissing();
const isPossible = missing === null && (await bubblewrapHere());
if (!isPossible) {
  process.stderr.write(
    `!! NOT TESTED: a Docker that dies and comes back; here is no ${missing ?? 'bubblewrap'}\n`,
  );
}

describe.runIf(isPossible)('a Docker that dies between two sessions', () => {
  let engine: PrivateEngine;
  let home: Awaited<ReturnType<typeof captureFolder>>;
  beforeAll(async () => {
    home = await captureFolder();
    engine = await startPrivateEngine();
    await engine.loadImage();
  }, 600_000);
  afterEach(() => vi.unstubAllEnvs());
  afterAll(async () => {
    await engine?.stop();
    await home?.remove();
  });

  it('gives way to bubblewrap, which says so, and is taken again once it is back', async () => {
    vi.stubEnv('DOCKER_HOST', `unix://${engine.socketPath}`);
    const sandbox = createSandbox({
      engine: 'auto',
      runtime: null,
      concurrency: null,
      podman: { containerHost: `unix://${join(home.folder, 'none.sock')}`, runtimeDir: null },
      sandboxDir: SANDBOX_DIR,
      stateDir: join(home.folder, 'state'),
      instanceId: 'choice',
      instanceAlive: () => true,
      clock,
      log: () => undefined,
      setupCommand: 'npm run setup',
    });
    const session = async (): Promise<Isolation> => {
      const opened = await sandbox.open({
        capturePath: home.capture,
        limits: SMALL,
        signal: new AbortController().signal,
      });
      const { stdout } = await bash(opened, 'tshark -n -r pocket.pcap | wc -l');
      await opened.stop();
      expect(stdout.trim()).toBe('3');
      return opened.isolation;
    };

    const before = await session();
    await engine.end('KILL');
    const without = await session();
    await engine.start();
    const after = await session();

    expect([before.engine, without.engine, after.engine]).toEqual(['docker', 'bubblewrap', 'docker']);
    expect(without.lacks.join(' ')).toMatch(/Docker is not running.+npm run setup/);
    expect(after.lacks).toEqual(before.lacks);
  });
});
