import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engines } from './engines.ts';
import { type Arena, enter, LIMITS, linesOf, script } from './support.ts';

const MIB = 1024 ** 2;

describe.each(engines)('%s: a script', (_name, engine) => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await enter(engine, 'takes-too-much');
  });
  afterAll(() => arena?.leave());

  const sleepers =
    "perl -e 'for (1..120) { my $p = fork; last unless defined $p; " +
    "if (!$p) { close STDOUT; close STDERR; sleep 60; exit } $n++ } print $n'";

  it('never has more than the allowed processes', async () => {
    const limited = await arena.bash(sleepers);
    const control = await arena.under({ pids: 400 }, script(sleepers));

    expect(Number(limited.stdout)).toBeGreaterThan(0);
    expect(Number(limited.stdout)).toBeLessThan(LIMITS.pids);
    expect(control.stdout).toBe('120');
    await arena.expectUnharmed();
  });

  it('that is a fork bomb is over when its time is', async () => {
    const bomb = await arena.bash(':(){ :|:& };:; sleep 30', { timeoutMs: 1_500 });

    expect(bomb).toMatchObject({ outcome: 'timeout', isError: true });
    await arena.expectUnharmed();
  });

  const hog = 'my $m = "x" x (300 * 1048576); print "fed"';
  it.each([
    ['one process', ['perl', '-e', hog]],
    [
      'a string that doubles',
      ['perl', '-e', 'my $s = "x"; $s .= $s while length $s < 300 * 1048576; print "fed"'],
    ],
    [
      'six processes, each within the limit',
      script(
        'for i in 1 2 3 4 5 6; do perl -e \'my $m = "x" x (40 * 1048576); sleep 1\' & pids+=($!); done; ' +
          'for pid in "${pids[@]}"; do wait "$pid" || exit 9; done; printf fed',
      ),
    ],
    ['a part of a pipeline', script(`perl -e '${hog}' | cat`)],
  ])('that eats memory ends as out of memory: %s', async (_what, argv) => {
    const limited = await arena.run(argv);
    const control = await arena.under({ memoryBytes: 640 * MIB }, argv);

    expect(limited).toMatchObject({ outcome: 'out_of_memory', isError: true });
    expect(limited.stdout).not.toContain('fed');
    expect(control).toMatchObject({ outcome: 'exit', stdout: 'fed' });
    await arena.expectUnharmed();
  });

  it('that eats memory by files and a process together ends as out of memory', async () => {
    const process = 'perl -e \'my $m = "x" x (86 * 1048576); sleep 1; print "fed"\'';

    const limited = await arena.bash(`head -c 30M /dev/zero > file; ${process}`);
    const control = await arena.bash(process);

    expect(limited).toMatchObject({ outcome: 'out_of_memory', isError: true });
    expect(control).toMatchObject({ outcome: 'exit', stdout: 'fed' });
    await arena.expectUnharmed();
  });

  it('fills its workspace to the limit and not beyond; the next one still works in it', async () => {
    const fill =
      'for i in 1 2 3; do head -c 20M /dev/zero > fill$i; done 2>/dev/null; cat fill* | wc -c; rm -f fill*';

    const limited = await arena.bash(fill);
    const control = await arena.under({ workspaceBytes: 80 * MIB }, script(fill));

    expect(Number(limited.stdout)).toBeLessThanOrEqual(LIMITS.workspaceBytes);
    expect(control.stdout).toBe(`${60 * MIB}\n`);
    await arena.expectUnharmed();
  });

  it('that leaves a full workspace behind breaks no analysis', async () => {
    await arena.bash('head -c 64M /dev/zero > full; i=0; while : > f$i; do i=$((i+1)); done');

    await arena.expectUnharmed();
    await expect(arena.session.uploadBytes(Buffer.alloc(10_000), 'late')).rejects.toMatchObject({
      code: 'SANDBOX_FAILED',
    });
    const after = await arena.bash('ls | wc -l');
    expect(after.stdout).toBe('1\n');
  });

  it('makes no more files than the limit', async () => {
    const inodes =
      'i=0; while : > f$i; do i=$((i+1)); [ $i -gt 6000 ] && break; done 2>/dev/null; echo $i; rm -rf f*';

    const limited = await arena.bash(inodes);
    const control = await engine.control(arena.capture, ['file count'], script(inodes));

    expect(Number(limited.stdout)).toBeLessThan(4_096);
    expect(control.stdout).toBe('6001\n');
    await arena.expectUnharmed();
  });

  it('makes no file longer than the limit, also one that takes no room', async () => {
    const sparse = 'truncate -s 1T sparse && stat -c %s sparse; rm -f sparse';

    const limited = await arena.bash(sparse);
    const control = await engine.control(arena.capture, ['file size'], script(sparse));

    expect(linesOf(limited)).toEqual([]);
    expect(control.stdout).toBe(`${1024 ** 4}\n`);
  });

  it.each([
    ['on stdout', 'yes', 'yes | head -c 20M'],
    ['on stderr', 'yes >&2', 'yes | head -c 20M >&2'],
    ['without a newline', 'tr "\\0" x < /dev/zero', 'head -c 20M /dev/zero | tr "\\0" x'],
    ['in one line of 100 MB', 'head -c 100M /dev/zero | tr "\\0" x', 'head -c 100M /dev/zero | tr "\\0" x'],
    ['on both at once', 'yes & yes >&2', 'head -c 5M /dev/zero & head -c 5M /dev/zero >&2; wait'],
  ])(
    'that writes without end %s is ended, and no more than the limit is kept',
    async (_where, endless, ended) => {
      const limited = await arena.bash(endless, { maxOutputBytes: 200_000 });
      const control = await arena.bash(ended, { maxOutputBytes: 110 * MIB, onStdout: () => undefined });

      expect(limited).toMatchObject({ outcome: 'output_overflow', truncated: true, isError: true });
      expect(Math.max(limited.stdout.length, limited.stderr.length)).toBe(200_000);
      expect(control.outcome).toBe('exit');
      await arena.expectUnharmed();
    },
  );

  it('that never ends is ended by its time, and one that takes as long in its time is not', async () => {
    const loop = 'echo started; SECONDS=0; while [ $SECONDS -lt 3 ]; do :; done; echo ended';

    const limited = await arena.bash(loop, { timeoutMs: 1_000 });
    const control = await arena.bash(loop);

    expect(limited).toMatchObject({ outcome: 'timeout', stdout: 'started\n', isError: true });
    expect(control).toMatchObject({ outcome: 'exit', stdout: 'started\nended\n' });
    await arena.expectUnharmed();
  });

  it('that crashes is called a crash', async () => {
    for (const signal of ['SEGV', 'ABRT', 'BUS', 'ILL', 'FPE']) {
      expect((await arena.bash(`kill -${signal} $$`)).outcome).toBe('crash');
    }
    await arena.expectUnharmed();
  });
});
