import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { SUPERVISOR } from '../../../../src/adapters/sandbox/docker/profile.ts';
import type { SandboxSession } from '../../../../src/ports.ts';
import {
  bash,
  captureFolder,
  containersOf,
  execIn,
  sandboxIn,
  SMALL,
  weakContainer,
  withoutDefence,
} from './support.ts';

const OWNER = `hostile-${process.pid}`;
let home: Awaited<ReturnType<typeof captureFolder>>;
let session: SandboxSession;

beforeAll(async () => {
  home = await captureFolder();
  session = await sandboxIn(home.folder, { instanceId: OWNER }).open({
    capturePath: home.capture,
    limits: SMALL,
    signal: new AbortController().signal,
  });
});
afterAll(async () => {
  await session?.stop();
  await home?.remove();
});

/** The next analysis works, and nothing of the attack runs beside it. */
async function expectHealthy(): Promise<void> {
  const result = await bash(session, 'cat /proc/[0-9]*/comm; tshark -n -r pocket.pcap | wc -l');
  const names = result.stdout.trim().split('\n');
  expect(names.pop()).toBe('3');
  const ours = ['docker-init', 'timeout', 'cat', 'bash'];
  expect(names.filter((name) => !ours.includes(name))).toEqual([]);
}

describe('a script that takes too much', () => {
  it('forks without end: it never has more than the allowed processes', async () => {
    const count =
      "perl -e 'for (1..120) { my $p = fork; last unless defined $p; " +
      "if (!$p) { close STDOUT; close STDERR; sleep 60; exit } $n++ } print $n'";
    const bomb = ':(){ :|:& };:; sleep 30';

    const limited = await bash(session, count);
    const bombed = await bash(session, bomb, { timeoutMs: 1_500 });
    const control = await withoutDefence(home.capture, count, (_options, host) => {
      host.PidsLimit = 400;
    });

    expect(Number(limited.stdout)).toBeLessThan(SMALL.pids);
    expect(bombed.outcome).toBe('timeout');
    expect(control).toBe('120');
    await expectHealthy();
  });

  it('eats memory: it ends as out of memory, also when only a part of its pipeline does', async () => {
    const whole = await bash(session, 'tail /dev/zero');
    const part = await bash(session, 'tail /dev/zero | wc -c; echo done');

    expect(whole).toMatchObject({ outcome: 'out_of_memory', isError: true });
    expect(part).toMatchObject({ outcome: 'out_of_memory', isError: true });
    await expectHealthy();
  });

  it('fills the workspace, its inodes, or one file: each stops at its limit', async () => {
    const inodes = await bash(
      session,
      'i=0; while : > f$i; do i=$((i+1)); [ $i -gt 9000 ] && break; done 2>/dev/null; echo $i; rm -f f*',
    );
    const file = await bash(session, 'head -c 200M /dev/zero > a; code=$?; stat -c %s a; rm a; exit $code');

    expect(Number(inodes.stdout)).toBeLessThan(4_096);
    expect(file.exitCode).not.toBe(0);
    expect(Number(file.stdout)).toBeLessThanOrEqual(SMALL.workspaceBytes);
  });

  it.each([
    ['stdout', 'yes'],
    ['stderr', 'yes >&2'],
    ['one line', 'tr "\\0" x < /dev/zero'],
  ])('writes %s without end: it is ended, and no more than the limit is kept', async (_name, script) => {
    const result = await bash(session, script, { maxOutputBytes: 200_000 });

    expect(result).toMatchObject({ outcome: 'output_overflow', truncated: true, isError: true });
    expect(Math.max(result.stdout.length, result.stderr.length)).toBe(200_000);
    await expectHealthy();
  });

  it('never ends: its time does', async () => {
    const result = await bash(session, 'echo started; while :; do :; done', { timeoutMs: 1_000 });

    expect(result).toMatchObject({ outcome: 'timeout', stdout: 'started\n', isError: true });
  });

  it.each([
    ['freezes', 'kill -STOP $PPID; sleep 60'],
    ['kills', 'kill -KILL $PPID; sleep 60'],
  ])('%s the supervisor that holds its time limit: the server ends it', async (_name, script) => {
    const result = await bash(session, script, { timeoutMs: 1_000 });

    expect(result.isError).toBe(true);
    expect(['timeout', 'exit']).toContain(result.outcome);
    await expectHealthy();
  });

  it('leaves a process behind in a session of its own: it is gone before the next command', async () => {
    const escape = 'setsid sleep 300 >/dev/null 2>&1 & sleep 0.3; echo left';
    const survivors = 'cat /proc/[0-9]*/comm | grep -c "^sleep$"';

    const left = await bash(session, escape);
    const after = await bash(session, survivors);
    const control = await withoutDefence(home.capture, `(${escape}); ${survivors}`, () => undefined);

    expect(left.stdout).toBe('left\n');
    expect(after.stdout).toBe('0\n');
    expect(control).toBe('left\n1\n');
  });
});

describe('a script that wants out', () => {
  it('writes nowhere but in its workspace', async () => {
    const attempt =
      'for d in / /etc /usr/bin /tmp /run /var/tmp /dev /dev/shm /sys /proc/sys/kernel /home; do ' +
      '{ : > $d/capwright-was-here; } 2>/dev/null && echo $d; done; true';

    const result = await bash(session, attempt);
    const control = await withoutDefence(home.capture, attempt, (_options, host) => {
      host.ReadonlyRootfs = false;
    });

    expect(result).toMatchObject({ stdout: '', exitCode: 0 });
    expect(control.split('\n')).toContain('/tmp');
  });

  it('can neither change, replace nor remove the capture', async () => {
    const before = createHash('sha256')
      .update(await readFile(home.capture))
      .digest('hex');

    const result = await bash(
      session,
      ': > pocket.pcap; echo x >> pocket.pcap; rm -f pocket.pcap; mv pocket.pcap away; ' +
        'ln -sf /etc/passwd pocket.pcap; mv /workspace /gone; chmod 666 pocket.pcap; ' +
        'truncate -s 0 pocket.pcap; sha256sum < pocket.pcap | cut -d" " -f1',
    );

    expect(result.stdout.trim()).toBe(before);
    expect(
      createHash('sha256')
        .update(await readFile(home.capture))
        .digest('hex'),
    ).toBe(before);
  });

  it('reaches no network: not the host, not another address, not even a socket', async () => {
    const server = createServer((socket) => socket.end('reached'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const connect = `cat < /dev/tcp/127.0.0.1/${port} || echo refused`;
    // AF_UNIX, INET, INET6, NETLINK, PACKET, ALG, VSOCK: the last ignores network namespaces.
    const families =
      'perl -e \'for my $f (1, 2, 10, 16, 17, 38, 40) { print socket(my $s, $f, $f == 17 ? 3 : 1, 0) ? "open $f\\n" : "" }\'';

    const connected = await bash(session, connect);
    const sockets = await bash(session, families);
    const control = await withoutDefence(home.capture, `${connect}; ${families}`, (options, host) => {
      options.NetworkDisabled = false;
      host.NetworkMode = 'host';
    });
    server.close();

    expect(connected.stdout).toBe('refused\n');
    expect(sockets).toMatchObject({ stdout: '', exitCode: 0 });
    expect(control).toContain('reached');
    expect(control).toContain('open 2\n');
  });

  it('cannot end the container: its supervisor is another user', async () => {
    const kill =
      'kill -9 -1; kill -KILL 1; for p in /proc/[0-9]*; do kill -KILL ${p#/proc/}; done; sleep 0.5';

    // A session would replace a dead container without a word, so the container itself is looked at.
    const before = await containersOf(OWNER);
    await bash(session, kill);
    const after = await containersOf(OWNER);
    // The control: the same script as the user that PID 1 is.
    const control = await weakContainer(home.capture, () => undefined);
    await execIn(control, SUPERVISOR, kill);

    expect(before).toHaveLength(1);
    expect(after).toEqual(before);
    await vi.waitFor(() => expect(control.alive).toBe(false), { timeout: 10_000 });
    await control.destroy();
  });

  it('runs no program of its own making', async () => {
    const own =
      'cp /usr/bin/id mine; ./mine; /lib64/ld-linux-x86-64.so.2 ./mine; /lib/ld-linux-aarch64.so.1 ./mine; true';

    const result = await bash(session, own);
    const control = await withoutDefence(home.capture, own, (_options, host) => {
      host.Tmpfs = { '/workspace': 'rw,exec,size=8m,mode=0700,uid=65534,gid=65534' };
    });

    expect(result.stdout).toBe('');
    expect(control).toContain('uid=65534');
  });

  it('has no privilege to start from and none to gain', async () => {
    const result = await bash(
      session,
      'grep -E "^(CapPrm|CapBnd|NoNewPrivs|Seccomp):" /proc/self/status | tr -d "\\t"; id -u; ' +
        'find / -xdev -perm /6000 -type f 2>/dev/null; unshare -Ur id 2>/dev/null; command -v dumpcap; true',
    );

    expect(result.stdout).toBe(
      'CapPrm:0000000000000000\nCapBnd:0000000000000000\nNoNewPrivs:1\nSeccomp:2\n65534\n',
    );
  });

  it('sees nothing of the server: no environment, no home, no process, no host file', async () => {
    const result = await bash(
      session,
      'env | sort; ls /proc | grep -c "^[0-9]"; ls /root /var/run/docker.sock',
    );

    const names = result.stdout.split('\n').map((line) => line.split('=')[0]);
    expect(names).toEqual(expect.arrayContaining(['HOME', 'LC_ALL', 'PATH', 'TMPDIR', 'TZ']));
    expect(names.filter((name) => /KEY|TOKEN|SECRET|AZURE|DOCKER|npm/i.test(name ?? ''))).toEqual([]);
    expect(result.stderr).toContain('docker.sock');
  });

  it('that crashes is called a crash', async () => {
    expect((await bash(session, 'kill -SEGV $$')).outcome).toBe('crash');
    expect((await bash(session, 'kill -ABRT $$')).outcome).toBe('crash');
  });
});
