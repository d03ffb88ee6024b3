import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { openLiveness } from '../../../src/adapters/sqlite-task-store/liveness.ts';
import { eachStateDir } from '../../fakes/state-dir.ts';

const dir = eachStateDir();

async function watched(what: 'idle' | 'hang' | 'end') {
  const script = join(import.meta.dirname, '../../fixtures/watched.ts');
  const child = spawn(process.execPath, [script, dir.path, what], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'exit');
  const stderr = text(child.stderr);
  const [self] = await once(child.stdout, 'data');
  return { child, ended, stderr, self: String(self).trim() };
}

describe('the watchdog', () => {
  it('ends a process whose event loop hangs, says so in one line, and frees what it held', async () => {
    const liveness = openLiveness(dir.path, 'me');
    const { ended, stderr, self } = await watched('hang');
    expect(liveness.holdsLock(self)).toBe(true);

    const [, signal] = await ended;

    expect(signal).toBe('SIGKILL');
    const lines = (await stderr).trimEnd().split('\n');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'error',
      message: expect.stringContaining('event loop'),
    });
    expect(liveness.holdsLock(self)).toBe(false);
    liveness.close();
  });

  it('leaves a process alone that was stopped for longer than it may hang, and one that idles', async () => {
    const { child, ended, stderr } = await watched('idle');
    child.kill('SIGSTOP');
    await delay(1500);
    child.kill('SIGCONT');
    await delay(1500);

    expect(child.exitCode).toBeNull();
    expect(child.signalCode).toBeNull();
    child.kill('SIGTERM');
    await ended;
    expect(await stderr).toBe('');
  });

  it('keeps no process alive', async () => {
    const { ended } = await watched('end');

    expect(await ended).toEqual([0, null]);
  });
});
