import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { syscallNumbers } from '../../../../src/adapters/sandbox/bubblewrap/syscall-numbers.ts';
import type { Sandbox } from '../../../../src/ports.ts';
import { captureFolder, sandboxIn, SMALL } from '../docker/support.ts';
import { bubblewrapHere, bubblewrapIn } from './support.ts';

let home: Awaited<ReturnType<typeof captureFolder>>;
beforeAll(async () => {
  home = await captureFolder();
});
afterAll(async () => {
  await home?.remove();
});

const docker = await sandboxIn('').status();
if (!docker.ready)
  process.stderr.write(`!! NOT TESTED: bubblewrap’s system calls against Docker’s. ${docker.detail}\n`);
const platform = process.arch === 'x64' || process.arch === 'arm64' ? process.arch : null;
const here = docker.ready && platform !== null && (await bubblewrapHere());

/** Those that end or stop whoever makes them, whatever their arguments. */
const FATAL = ['exit', 'exit_group', 'fork', 'vfork', 'pause', 'rt_sigreturn', 'restart_syscall'];
/** Newer than the libseccomp of many an engine, which then does not know the name. */
const YOUNG = ['fchmodat2'];
const numbers = [...syscallNumbers(platform ?? 'x64')].filter(
  ([name]) => ![...FATAL, ...YOUNG].includes(name),
);

/** Makes every call with arguments that no call can do anything with, and says how it was answered. */
const EVERY_CALL = `use POSIX (); $| = 1;
for my $number (@ARGV) {
  $! = 0;
  my $answer = syscall($number, -1, -1, -1, -1, -1, -1);
  print "$number ", $answer == -1 ? $! + 0 : 'done', "\\n";
}`;

/** What every system call was answered with, by name. */
async function answers(sandbox: Sandbox): Promise<Map<string, string>> {
  const session = await sandbox.open({
    capturePath: home.capture,
    limits: SMALL,
    signal: new AbortController().signal,
  });
  try {
    const result = await session.run({
      argv: ['perl', '-e', EVERY_CALL, ...numbers.map(([, number]) => String(number))],
      timeoutMs: 20_000,
      maxOutputBytes: 100_000,
    });
    expect(result).toMatchObject({ outcome: 'exit', exitCode: 0, stderr: '' });
    const lines = result.stdout.trim().split('\n');
    return new Map(numbers.map(([name], index) => [name, lines[index]?.split(' ')[1] ?? '']));
  } finally {
    await session.stop();
  }
}

describe.runIf(here)('the system calls of a script in bubblewrap', () => {
  it('are answered, one by one, as in Docker with the same profile', async () => {
    const inBubblewrap = await answers(bubblewrapIn(home.folder));
    const inDocker = await answers(sandboxIn(home.folder));

    const [EPERM, ENOSYS, EAFNOSUPPORT] = ['1', '38', '97'];
    expect([...inBubblewrap.values()].filter((answer) => answer === EPERM).length).toBeGreaterThan(100);
    expect(inBubblewrap.get('socket')).toBe(EAFNOSUPPORT);
    expect(inBubblewrap.get('clone3')).toBe(ENOSYS);
    expect(inBubblewrap.get('openat')).not.toBe(EPERM);
    expect([...inBubblewrap].filter(([name, answer]) => inDocker.get(name) !== answer)).toEqual([]);
  });
});
