import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { syscallNumbers } from '../../../../src/adapters/sandbox/bubblewrap/syscall-numbers.ts';
import type { SandboxSession } from '../../../../src/ports.ts';
import { bash, captureFolder, SMALL } from '../docker/support.ts';
import { bubblewrapHere, bubblewrapIn, runWhereLeft } from './support.ts';

const here = await bubblewrapHere();
let home: Awaited<ReturnType<typeof captureFolder>>;
let session: SandboxSession;

beforeAll(async () => {
  home = await captureFolder();
  const { signal } = new AbortController();
  if (here)
    session = await bubblewrapIn(home.folder).open({ capturePath: home.capture, limits: SMALL, signal });
});
afterAll(async () => {
  await session?.stop();
  await home?.remove();
});

/** A process that has so many mebibytes and keeps them for a while. */
const hog = (mebibytes: number): string =>
  `perl -e 'open my $zero, "<", "/dev/zero"; sysread $zero, my $x, ${mebibytes} << 20; print "has\\n"; close STDOUT; sleep 20'`;

/** The same in memory that is shared with nobody yet, which counts as somebody else's. */
const sharedHog = (mebibytes: number): string => {
  const platform = process.arch === 'arm64' ? 'arm64' : 'x64';
  const [mmap, read] = ['mmap', 'read'].map((name) => syscallNumbers(platform).get(name));
  const bytes = mebibytes * 1024 ** 2;
  return `perl -e 'open my $zero, "<", "/dev/zero"; my $at = syscall(${mmap}, 0, ${bytes}, 3, 0x21, -1, 0);
    syscall(${read}, fileno $zero, $at, ${bytes}) > 0 and print "has\\n"; close STDOUT; sleep 20'`;
};

describe.runIf(here)('the memory of a command in bubblewrap', () => {
  it('may be used up to the limit', async () => {
    const result = await bash(
      session,
      `head -c 20000000 /dev/zero > file; (${hog(100)} & ${hog(1)} &) | (read one; read other; echo "$one $other")`,
    );

    expect(result).toMatchObject({ outcome: 'exit', exitCode: 0, stdout: 'has has\n' });
  });

  it.each([
    ['one process', hog(250)],
    ['many processes together', `for i in 1 2 3 4 5 6; do ${hog(50)} & done; wait`],
    ['processes and files together', `head -c 30000000 /dev/zero > file; ${hog(180)}`],
    ['memory that is shared', sharedHog(250)],
    [
      'a process that cannot be looked into',
      hog(250).replace('open my', `syscall(${prctl()}, 4, 0); open my`),
    ],
  ])('ends it when it is over: %s', async (_name, script) => {
    const result = await bash(session, script);

    expect(result).toMatchObject({ outcome: 'out_of_memory', isError: true });
    expect((await bash(session, 'echo fine')).stdout).toBe('fine\n');
  });

  it('ends it before the machine itself runs out', async () => {
    const plenty = await runWhereLeft(1024 ** 5, home.capture, ['sleep', '1']);
    const little = await runWhereLeft(1024 ** 2, home.capture, ['sleep', '5']);

    expect([plenty.outcome, little.outcome]).toEqual(['exit', 'out_of_memory']);
  });
});

function prctl(): number | undefined {
  return syscallNumbers(process.arch === 'arm64' ? 'arm64' : 'x64').get('prctl');
}
