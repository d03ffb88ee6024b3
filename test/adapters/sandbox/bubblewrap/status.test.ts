import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BubblewrapSandboxDeps } from '../../../../src/adapters/sandbox/bubblewrap/bubblewrap-sandbox.ts';
import { olderThan } from '../../../../src/adapters/sandbox/bubblewrap/host.ts';
import { namespaceTrouble } from '../../../../src/adapters/sandbox/bubblewrap/trouble.ts';
import { captureFolder } from '../docker/support.ts';
import { bubblewrapHere, bubblewrapIn, processesOf, SYSTEM_PATH } from './support.ts';

const here = await bubblewrapHere();
const INSTANCE = `status-${process.pid}`;
let home: Awaited<ReturnType<typeof captureFolder>>;
beforeAll(async () => {
  home = await captureFolder();
  await chmod(home.folder, 0o755);
});
afterAll(async () => {
  await home?.remove();
});

const statusWith = (deps: Partial<BubblewrapSandboxDeps>) =>
  bubblewrapIn(home.folder, { instanceId: INSTANCE, setupCommand: 'make ready', ...deps }).status();

describe.runIf(here)('the status of bubblewrap', () => {
  it('names both versions where a probe succeeded, and what the sandbox lacks', async () => {
    const status = await statusWith({});

    expect(status).toMatchObject({ ready: true, fix: null, isolation: { engine: 'bubblewrap' } });
    expect(status.detail).toMatch(/^bubblewrap \d+\.\d+\.\d+, tshark \d+\.\d+\.\d+ of this machine$/);
    expect(await processesOf(INSTANCE)).toEqual([]);
  });

  it('names what is missing and the command that installs just that, and opening says the same', async () => {
    const path = join(home.folder, 'without');
    await mkdir(path);
    const there = ['bash', 'unshare', 'nsenter', 'setpriv', 'prlimit', 'choom', 'mount', 'nice', 'timeout'];
    for (const name of [...there, 'mkfifo', 'awk']) await symlink('/bin/sh', join(path, name));

    const status = await statusWith({ path });
    const opened = bubblewrapIn(home.folder, { path }).open({
      capturePath: home.capture,
      signal: new AbortController().signal,
    });

    expect(status).toMatchObject({ ready: false, isolation: { engine: 'none' } });
    expect(status.detail).toContain('lacks bwrap, tshark on this machine');
    expect(status.fix).toMatch(/^(sudo )?apt-get install -y bubblewrap tshark$/);
    await expect(opened).rejects.toMatchObject({
      code: 'SANDBOX_UNAVAILABLE',
      message: status.detail,
      next: `Run: ${status.fix}`,
    });
  });

  it('refuses a profile that is missing or not understood, before anything runs', async () => {
    const sandboxDir = join(home.folder, 'profile');
    await mkdir(sandboxDir);

    const missing = await statusWith({ sandboxDir });
    await writeFile(join(sandboxDir, 'seccomp.json'), '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[]}');
    const loose = await statusWith({ sandboxDir });

    for (const status of [missing, loose]) {
      expect(status).toMatchObject({ ready: false, fix: 'make ready' });
      expect(status.detail).toContain('seccomp profile');
    }
  });

  it('says that namespaces cannot be made where bubblewrap fails, and repeats nothing of what it says', async () => {
    const status = await statusWith({
      path: await bubblewrapThat('failing', 'echo secret-from-bwrap >&2; exit 1'),
    });

    expect(status).toMatchObject({ ready: false, fix: 'make ready' });
    expect(status.detail).toContain('could not make its namespaces');
    expect(JSON.stringify(status)).not.toContain('secret');
  });

  it.each([
    ['namespaces of its own', 'drop --unshare-net 0'],
    ['the system call filter', 'drop --seccomp 1'],
    ['a read-only system', 'drop --remount-ro 1'],
    ['a limit on processes', 'drop --nproc=24 0'],
    [
      'no programs of its own making',
      'drop --bind 2; args=("${args[@]:0:place}" --tmpfs /workspace "${args[@]:place}")',
    ],
  ])('finds out that a sandbox lacks %s', async (defence, hole) => {
    const script = `args=("$@")
drop() {
  local kept=() i=0
  while [ $i -lt \${#args[@]} ]; do
    if [ "\${args[i]}" = "$1" ]; then place=\${#kept[@]}; i=$((i + $2)); else kept+=("\${args[i]}"); fi
    i=$((i + 1))
  done
  args=("\${kept[@]}")
}
${hole}
PATH=${SYSTEM_PATH} exec bwrap "\${args[@]}"`;

    const status = await statusWith({ path: await bubblewrapThat(defence, script) });

    expect(status).toMatchObject({ ready: false, fix: 'make ready', isolation: { engine: 'none' } });
    expect(status.detail).toContain(`lacks ${defence}`);
  });
});

describe('a kernel', () => {
  it.each([
    ['4.19.0-27-amd64', true],
    ['5.13.19', true],
    ['5.14.0-570.el9', false],
    ['6.1.0', false],
    ['10.0-rc1', false],
  ])('%s counts processes per user: %s', (version, perUser) => {
    expect(olderThan(version, 5, 14)).toBe(perUser);
  });
});

describe('what forbids namespaces', () => {
  const SETTINGS: [string, string, string][] = [
    ['/proc/sys/user/max_user_namespaces', '0', 'sudo sysctl user.max_user_namespaces=15000'],
    ['/proc/sys/kernel/unprivileged_userns_clone', '0', 'sudo sysctl kernel.unprivileged_userns_clone=1'],
    [
      '/proc/sys/kernel/apparmor_restrict_unprivileged_userns',
      '1',
      'sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0',
    ],
  ];

  it.each(SETTINGS)('is named, with the command that allows them: %s', async (path, value, fix) => {
    const trouble = await namespaceTrouble('make ready', async (asked) =>
      asked === path ? `${value}\n` : null,
    );

    expect(trouble).toMatchObject({ fix });
  });

  it('is the kernel or a container around us where no setting does', async () => {
    expect(await namespaceTrouble('make ready', async () => '77\n')).toMatchObject({ fix: 'make ready' });
  });
});

/** A PATH on which bwrap is a script of ours. */
async function bubblewrapThat(name: string, script: string): Promise<string> {
  const folder = join(home.folder, name.replaceAll(' ', '-'));
  await mkdir(folder);
  await writeFile(join(folder, 'bwrap'), `#!/bin/bash\n${script}\n`, { mode: 0o755 });
  return `${folder}:${SYSTEM_PATH}`;
}
