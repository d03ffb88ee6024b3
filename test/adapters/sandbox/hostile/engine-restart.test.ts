import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { bash, captureFolder, sandboxIn } from '../docker/support.ts';
import { type PrivateEngine, privateEngineMissing, startPrivateEngine } from '../docker/private-engine.ts';
import { LIMITS } from './engine.ts';

/** Only with an engine of its own: nobody may restart the one that other tests and people use. */
const missing = await privateEngineMissing();
if (missing !== null) {
  process.stderr.write(`LEFT OUT: the Docker engine restarted under a command: this needs ${missing}.\n`);
}

describe.runIf(missing === null)('a Docker engine that is restarted under a command', () => {
  let engine: PrivateEngine;
  let home: Awaited<ReturnType<typeof captureFolder>>;
  beforeAll(async () => {
    home = await captureFolder();
    engine = await startPrivateEngine();
    await engine.loadImage();
  });
  afterAll(async () => {
    await engine?.stop();
    await home?.remove();
  });

  const open = async () =>
    sandboxIn(home.folder, { docker: engine.docker, instanceId: `restart-${process.pid}` }).open({
      capturePath: home.capture,
      limits: LIMITS,
      signal: new AbortController().signal,
    });

  it.each(['TERM', 'KILL'] as const)(
    'by SIG%s: the command is lost, the session goes on with its uploads, and no container stays',
    async (signal) => {
      const session = await open();
      await session.uploadBytes(Buffer.from('kept'), 'note');
      const begun = Promise.withResolvers<void>();
      const running = bash(session, 'echo begun; sleep 60', {
        timeoutMs: 60_000,
        onStdout: () => begun.resolve(),
      });
      await begun.promise;
      const [old] = await engine.docker.listContainers();

      await engine.end(signal);
      const lost = await running;
      const meanwhile = bash(session, 'echo nobody');
      await expect(meanwhile).rejects.toMatchObject({ code: 'SANDBOX_UNAVAILABLE' });
      await engine.start();
      // The control: a session that went on with the container it had.
      const stale = engine.docker.getContainer(old?.Id ?? '').exec({ Cmd: ['true'] });
      await expect(stale).rejects.toThrow(/no such container|not running/i);
      const next = await bash(session, 'cat note; tshark -n -r pocket.pcap | wc -l');
      await session.stop();

      expect(lost).toMatchObject({ outcome: 'engine_gone', isError: true, exitCode: null });
      expect(next.stdout).toBe('kept3\n');
      await vi.waitFor(async () => expect(await engine.docker.listContainers({ all: true })).toEqual([]), {
        timeout: 30_000,
        interval: 200,
      });
    },
  );

  it('is only noticed by whoever asks it: a session that was idle goes on', async () => {
    const session = await open();

    await engine.restart();
    const next = await bash(session, 'tshark -n -r pocket.pcap | wc -l');
    await session.stop();

    expect(next.stdout).toBe('3\n');
    expect(await engine.docker.listContainers({ all: true })).toEqual([]);
  });
});
