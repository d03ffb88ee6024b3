import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enginesAndUsers } from './engines.ts';
import { type Arena, enter, linesOf, program, script } from './support.ts';

describe.each(await enginesAndUsers())('%s: a script', (_name, engine) => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await enter(engine, 'wants-out');
  });
  afterAll(() => arena?.leave());

  it('writes nowhere but in its workspace', async () => {
    const attempt = script(
      'for d in / /etc /usr /usr/bin /tmp /run /var /var/tmp /dev /dev/shm /dev/mqueue /sys /proc/sys/kernel /home /opt /root; do ' +
        '{ : > $d/capwright-was-here; } 2>/dev/null && echo $d; done; rm -f /dev/mqueue/capwright-was-here; true',
    );

    const held = linesOf(await arena.run(attempt));
    const root = linesOf(await engine.control(arena.capture, ['read-only root'], attempt));
    const memory = linesOf(await engine.control(arena.capture, ['no shared memory'], attempt));

    expect(held).toEqual([]);
    expect(root).toContain(engine.name === 'docker' ? '/tmp' : '/');
    expect(memory).toContain('/dev/shm');
    await arena.expectUnharmed();
  });

  it('finds nothing writable in the whole tree but its workspace, its own processes and devices without a memory', async () => {
    const find = await program('writable.pl');

    const held = linesOf(await arena.run(find));
    const control = linesOf(await engine.control(arena.capture, ['read-only root'], find));

    expect(held).toEqual(['/workspace']);
    expect(control.length).toBeGreaterThan(held.length);
    await arena.expectUnharmed();
  });

  it('turns no knob of the kernel', async () => {
    const knobs =
      'for f in /proc/sysrq-trigger /proc/sys/kernel/core_pattern /proc/sys/kernel/hostname /proc/sys/kernel/msgmax /proc/sys/vm/drop_caches ' +
      '/proc/sys/fs/file-max /proc/1/oom_score_adj /proc/1/mem /proc/irq/default_smp_affinity /sys/kernel/uevent_helper ' +
      '/sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/pids/pids.max /dev/mem /dev/kmsg; ' +
      'do { : >> $f; } 2>/dev/null && echo $f; done; { echo -1 > /proc/self/oom_score_adj; } 2>/dev/null && echo oom; true';

    const held = linesOf(await arena.bash(knobs));
    // Each is only opened: what is written there would be the host's.
    const control = linesOf(await engine.control(arena.capture, ['kernel settings'], script(knobs)));

    // Of bubblewrap the first process is the script's own user: its memory and its score end with the command.
    const own = engine.lacks.has('supervisor of another user')
      ? ['/proc/1/oom_score_adj', '/proc/1/mem']
      : [];
    expect(held.filter((path) => !own.includes(path))).toEqual([]);
    // Of an unprivileged namespace's own settings this is one.
    expect(control).toContain('/proc/sys/kernel/msgmax');
    if (engine.name === 'docker') expect(control).toContain('/proc/sys/kernel/core_pattern');
    await arena.expectUnharmed();
  });

  it('is the first to be killed when the machine runs out of memory', async () => {
    const score = await arena.bash('cat /proc/self/oom_score_adj');
    const control = await readFile('/proc/self/oom_score_adj', 'utf8');

    expect(Number(score.stdout)).toBeGreaterThanOrEqual(500);
    expect(Number(control)).toBeLessThan(500);
  });

  it('reads nothing of the server: no environment, no home, no file, no socket, no memory', async () => {
    const secret = `secret-${process.pid}-${'x'.repeat(16)}`;
    const file = join(arena.folder, 'secret.txt');
    await writeFile(file, secret, { mode: 0o644 });
    const server = spawn('sleep', ['60'], {
      cwd: arena.folder,
      env: { ...process.env, CAPWRIGHT_SECRET: secret },
    });
    const steal =
      `cat ${file} /proc/${server.pid ?? 0}/environ /proc/1/root${file} ` +
      `/proc/${server.pid ?? 0}/cwd/${basename(file)} 2>/dev/null; `;
    const probe =
      'cat /proc/[0-9]*/environ 2>/dev/null; echo; for f in /etc/shadow /root /root/.ssh /var/run/docker.sock /run/docker.sock /run/containerd /proc/kcore /proc/keys ' +
      '/proc/kmsg /sys/firmware/dmi /sys/kernel/security /var/lib/docker /dev/sda /dev/vda /dev/kvm /dev/vsock /dev/fuse; do ' +
      '[ -n "$(timeout 1 head -c 1 $f 2>/dev/null | od -A n -t x1)" ] && echo $f; [ -S $f ] && echo socket $f; done; true';
    try {
      const held = await arena.bash(steal + probe);
      const control = spawnSync('bash', ['-c', steal], { cwd: arena.folder, maxBuffer: 64 * 1024 ** 2 });

      expect(held.stdout).not.toContain('secret-');
      expect(
        held.stdout.split('\n').filter((line) => line.startsWith('/') || line.startsWith('socket')),
      ).toEqual([]);
      expect(control.stdout.toString('latin1').split(secret).length - 1).toBeGreaterThanOrEqual(2);
    } finally {
      server.kill('SIGKILL');
      await once(server, 'exit');
    }
    const names = linesOf(await arena.bash('env')).map((line) => line.split('=')[0]);
    const harmless = ['HOME', 'HOSTNAME', 'LC_ALL', 'OLDPWD', 'PATH', 'PWD', 'SHLVL', 'TMPDIR', 'TZ', '_'];
    expect(names.filter((name) => !harmless.includes(name ?? ''))).toEqual([]);
    await arena.expectUnharmed();
  });

  it('kills no process of the host, also none of its own user', async () => {
    const options = process.getuid?.() === 0 ? { uid: engine.hostUid, gid: engine.hostUid } : {};
    const victim = spawn('sleep', ['60'], { ...options, stdio: 'ignore' });
    const ended = once(victim, 'exit');
    const kill = script(`kill -KILL ${victim.pid ?? 0} && echo killed; true`);

    const held = await arena.run(kill);
    const alive = victim.exitCode === null && victim.signalCode === null;
    const control = await engine.control(arena.capture, ['own process ids'], kill);
    victim.kill('SIGKILL');
    await ended;

    expect(held.stdout).toBe('');
    expect(alive).toBe(true);
    // Without the right to become the script's user the victim is another's, and only its number is seen.
    if (process.getuid?.() === 0) expect(control.stdout).toBe('killed\n');
    await arena.expectUnharmed();
  });

  it('runs no program of its own making, however it is started', async () => {
    const own = script(
      'cp /usr/bin/id mine; chmod +x mine; ./mine; for ld in /lib64/ld-linux-x86-64.so.2 /lib/ld-linux-aarch64.so.1; do $ld ./mine; done; ' +
        'printf "#!/usr/bin/id\\n" > script; chmod +x script; ./script; /proc/self/cwd/mine; (exec -a id ./mine); true',
    );

    const held = await arena.run(own);
    const control = await engine.control(arena.capture, ['no programs in the workspace'], own);

    expect(held.stdout).toBe('');
    expect(linesOf(control).length).toBeGreaterThanOrEqual(3);
    await arena.expectUnharmed();
  });

  it('puts no library of its own under the tools', async () => {
    const preload = script(
      'cp /usr/lib/*/libm.so.6 own.so; LD_PRELOAD=./own.so grep -c "r-xp.*own.so" /proc/self/maps; true',
    );

    const held = await arena.run(preload);
    const control = await engine.control(arena.capture, ['no programs in the workspace'], preload);

    expect(held.stdout).not.toMatch(/^[1-9]/);
    expect(control.stdout).toMatch(/^[1-9]/);
    await arena.expectUnharmed();
  });

  it('has no privilege to start from and none to gain', async () => {
    const ask = script(
      'grep -E "^(Cap(Inh|Prm|Eff|Bnd|Amb)|NoNewPrivs|Seccomp):" /proc/self/status | tr -d "\\t"; id -u; id -g; ' +
        'unshare -Ur id 2>/dev/null; sudo -n id 2>/dev/null; su -c id 2>/dev/null </dev/null; true',
    );

    const result = await arena.run(ask);
    const privileged = linesOf(await engine.control(arena.capture, ['capabilities dropped'], ask));
    const unfiltered = linesOf(await engine.control(arena.capture, ['system call filter'], ask));

    const none = '0'.repeat(16);
    expect(linesOf(result)).toEqual([
      ...['Inh', 'Prm', 'Eff', 'Bnd', 'Amb'].map((set) => `Cap${set}:${none}`),
      'NoNewPrivs:1',
      'Seccomp:2',
      '65534',
      '65534',
    ]);
    expect(privileged).toContain('0');
    expect(privileged).not.toContain(`CapEff:${none}`);
    expect(unfiltered).toContain('Seccomp:0');
    await arena.expectUnharmed();
  });

  // bubblewrap shows the machine's own programs, whose set-user-id bits its sandbox ignores.
  it.runIf(engine.name === 'docker')('finds no program that raises privileges or captures', async () => {
    const found = await arena.bash('find / -xdev -perm /6000 -type f 2>/dev/null; command -v dumpcap; true');

    expect(found.stdout).toBe('');
  });
});
