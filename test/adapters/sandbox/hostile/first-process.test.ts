import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enginesAndUsers } from './engines.ts';
import { type Arena, enter, script } from './support.ts';

describe.each(await enginesAndUsers())('%s: a script', (_name, engine) => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await enter(engine, 'first-process');
  });
  afterAll(() => arena?.leave());

  it.each([
    ['kills all it may', 'kill -9 -1'],
    ['kills the first process', 'kill -KILL 1; kill -ABRT 1; kill -SEGV 1'],
    ['asks the first process to end', 'for s in TERM INT HUP QUIT USR1 USR2 PIPE ALRM; do kill -$s 1; done'],
    ['freezes the first process', 'kill -STOP 1; kill -TSTP 1'],
    ['kills one process after the other', 'for p in /proc/[0-9]*; do kill -KILL ${p#/proc/}; done'],
    [
      'writes to what the first process has open',
      'for f in /proc/1/fd/*; do head -c 100000 /dev/zero > $f & done; sleep 0.2',
    ],
    [
      'writes to the memory of the first process',
      'head -c 4096 /dev/zero | dd of=/proc/1/mem bs=1 seek=4194304 conv=notrunc',
    ],
  ])('that %s ends nothing but its own command', async (_what, attack) => {
    // Whoever would find a new place in place of a dead one would not find this note.
    await arena.bash('echo note > note');

    await arena.bash(`exec 2>/dev/null; ${attack}; sleep 0.2`, { timeoutMs: 5_000 });
    const after = await arena.bash('cat note');

    expect(after.stdout).toBe('note\n');
    await arena.expectUnharmed();
  });

  it.runIf(!engine.lacks.has('supervisor of another user'))(
    'would end its container if its supervisor were not another user',
    async () => {
      const kill = script(
        'for p in /proc/[0-9]*; do read -r name < $p/comm; [ "$name" = cat ] && kill -KILL ${p#/proc/}; done; ' +
          'sleep 2; echo survived',
      );

      const held = await engine.control(arena.capture, [], kill);
      const control = await engine.control(arena.capture, ['supervisor of another user'], kill);

      expect(held.stdout).toBe('survived\n');
      expect(control.stdout).toBe('');
    },
  );
});
