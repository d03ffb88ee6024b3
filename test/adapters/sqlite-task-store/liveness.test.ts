import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { openLiveness } from '../../../src/adapters/sqlite-task-store/liveness.ts';
import { eachStateDir } from '../../fakes/state-dir.ts';

const dir = eachStateDir();

async function hold(owner: string) {
  const script = join(import.meta.dirname, '../../fixtures/hold-liveness.ts');
  const argv = ['--expose-gc', script, dir.path, owner];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'ignore'] });
  const [self] = await once(child.stdout, 'data');
  return { child, self: String(self) };
}

describe('who lives', () => {
  it('sees another process alive until the moment it is killed', async () => {
    const liveness = openLiveness(dir.path, 'me');
    const { child, self } = await hold('other');

    expect(liveness.isAlive(self)).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(liveness.isAlive(self)).toBe(false);
    liveness.close();
  });

  it('takes a stopped process for alive: it may wake up and go on', async () => {
    const liveness = openLiveness(dir.path, 'me');
    const { child, self } = await hold('sleeper');
    child.kill('SIGSTOP');

    expect(liveness.isAlive(self)).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    liveness.close();
  });

  it('knows the processes of its own directory also after that was moved', () => {
    const home = join(dir.path, 'old');
    const dead = openLiveness(home, 'dead');
    const sleeper = openLiveness(home, 'sleeper');
    dead.close();
    renameSync(home, join(dir.path, 'new'));
    const liveness = openLiveness(join(dir.path, 'new'), 'me');

    expect(liveness.holdsLock(dead.self)).toBe(false);
    expect(liveness.holdsLock(sleeper.self)).toBe(true);
    liveness.close();
    sleeper.close();
  });

  it('has its lock again soon after somebody has cleared the folder', async () => {
    const one = openLiveness(dir.path, 'one', 10);
    const other = openLiveness(dir.path, 'other');
    rmSync(join(dir.path, `${one.self}.owner`));
    expect(other.holdsLock(one.self)).toBe(false);

    while (!other.holdsLock(one.self)) {
      await delay(10);
    }
    one.close();
    expect(other.holdsLock(one.self)).toBe(false);
    other.close();
  });

  it('takes itself for alive, an ended sibling for dead, and judges no process of another directory', () => {
    const sibling = openLiveness(dir.path, 'sibling');
    const liveness = openLiveness(dir.path, 'me');
    sibling.close();

    expect(liveness.isAlive(liveness.self)).toBe(true);
    expect(liveness.isAlive(sibling.self)).toBe(false);
    expect(liveness.isAlive('of-another-directory')).toBe(true);
    liveness.close();
  });
});
