import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { SANDBOX_DIR } from '../docker/support.ts';
import { engines } from './engines.ts';
import { listenEverywhere } from './listeners.ts';
import { type Arena, enter, linesOf, program, script } from './support.ts';

const Profile = z.object({ syscalls: z.array(z.object({ names: z.array(z.string()), action: z.string() })) });

/** Where the numbers of the x32 table begin. */
const X32 = 0x40000000;

/** Names of what was answered, out of lines of a name and `ok` or an error. */
const answered = (lines: readonly string[]): string[] =>
  lines.flatMap((line) =>
    / (?:EPERM|ENOSYS|EACCES|signal \d+)$/.test(line) ? [] : [line.split(' ')[0] ?? ''],
  );

describe.each(engines)('%s: a script', (_name, engine) => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await enter(engine, 'sockets');
  });
  afterAll(() => arena?.leave());

  it('makes no system call that an analysis does not need', async () => {
    const calls = await program('system-calls.pl');

    const held = await arena.run(calls);
    const unfiltered = await engine.control(arena.capture, ['system call filter'], calls);
    const privileged = await engine.control(
      arena.capture,
      ['system call filter', 'capabilities dropped'],
      calls,
    );

    expect(linesOf(held)).toHaveLength(30);
    expect(answered(linesOf(held))).toEqual([]);
    // Kernels are set up differently, and refuse one or another of these to everybody.
    const open = new Set([...answered(linesOf(unfiltered)), ...answered(linesOf(privileged))]);
    expect([...open]).toEqual(
      expect.arrayContaining([
        'ptrace',
        'memfd_create',
        'process_vm_readv',
        'personality',
        'keyctl',
        'mount',
      ]),
    );
    expect(open.size).toBeGreaterThan(20);
    await arena.expectUnharmed();
  });

  it('is answered to no number but those on the list, of x32’s table either', async () => {
    const numbers = await program('every-number.pl');
    const profile = Profile.parse(JSON.parse(await readFile(join(SANDBOX_DIR, 'seccomp.json'), 'utf8')));
    const allowed = profile.syscalls.flatMap((rule) => (rule.action === 'SCMP_ACT_ALLOW' ? rule.names : []));

    const held = linesOf(await arena.run([...numbers, '0', '547']));
    const ofX32 = linesOf(await arena.run([...numbers, String(X32), String(X32 + 64)]));
    const recent = ['400', '480'];
    const heldRecent = linesOf(await arena.run([...numbers, ...recent]));
    const control = linesOf(
      await engine.control(arena.capture, ['system call filter'], [...numbers, ...recent]),
    );

    expect(held.length).toBeGreaterThan(50);
    expect(held.length).toBeLessThanOrEqual(allowed.length);
    expect(ofX32).toEqual([]);
    // Not all numbers: unheld, some of them would act on the whole machine.
    expect(control.length).toBeGreaterThan(heldRecent.length + 10);
    await arena.expectUnharmed();
  });

  it.runIf(process.arch === 'x64')(
    'runs machine code without a file, and gains no 32-bit call by it',
    async () => {
      const code = await program('machine-code.pl');

      const held = await arena.run(code);
      const control = await engine.control(arena.capture, ['system call filter'], code);

      expect(held.exitCode).toBeGreaterThan(127);
      expect(control.exitCode).toBeLessThan(64);
      await arena.expectUnharmed();
    },
  );

  it('opens no socket of any family, not even a pair for itself', async () => {
    const sockets = await program('every-socket.pl');

    const held = await arena.run(sockets);
    const control = await engine.control(arena.capture, ['system call filter'], sockets);

    expect(held).toMatchObject({ stdout: '', exitCode: 0 });
    // UNIX, INET, INET6, NETLINK.
    expect(linesOf(control)).toEqual(expect.arrayContaining(['1', '2', '10', '16']));
    await arena.expectUnharmed();
  });

  it('reaches no listener of the host: by TCP, by UDP, by an abstract name', async () => {
    const listeners = await listenEverywhere();
    const knock = script(listeners.knock);
    try {
      const held = await arena.run(knock);
      const unfiltered = await engine.control(arena.capture, ['system call filter'], knock);
      const alone = await engine.control(arena.capture, ['no network'], knock);
      expect([held, unfiltered, alone].map(linesOf)).toEqual([['refused'], ['refused'], ['refused']]);
      expect(listeners.heard()).toEqual([]);

      const control = await engine.control(arena.capture, ['system call filter', 'no network'], knock);
      expect(linesOf(control)).toEqual(['reached']);
      await listeners.hearsAll();
    } finally {
      await listeners.close();
    }
    await arena.expectUnharmed();
  });

  it('has no interface but its own loopback, and tshark captures on none', async () => {
    const interfaces = script('awk \'NR > 2 && $1 != "lo:" { print $1 }\' /proc/net/dev');

    const held = await arena.run(interfaces);
    const captured = await arena.bash('tshark -i any -c 1 2>/dev/null && echo captured; true');
    const control = await engine.control(arena.capture, ['no network'], interfaces);

    expect(linesOf(held)).toEqual([]);
    expect(captured.stdout).toBe('');
    expect(linesOf(control).length).toBeGreaterThan(0);
    await arena.expectUnharmed();
  });
});
