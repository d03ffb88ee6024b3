import { createHash } from 'node:crypto';
import { chmod, copyFile, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { imageReference } from '../../../../src/adapters/sandbox/docker/image.ts';
import { bash, docker, SANDBOX_DIR } from '../docker/support.ts';
import { engines, enginesAndUsers } from './engines.ts';
import { type Arena, enter, expectAnalysis, expectNothingLeft, linesOf, script } from './support.ts';

/** What becomes of an upload by somebody who does not clear the way. */
const NAIVELY = {
  fails: { outcome: 'exit', exitCode: 1 },
  waits: { outcome: 'timeout' },
  'writes elsewhere': { outcome: 'exit', exitCode: 0 },
};

const IN_THE_WAY: readonly (readonly [what: string, trick: string, naively: keyof typeof NAIVELY])[] = [
  ['a link to a file of the system', 'ln -s /etc/passwd plan.sh', 'fails'],
  ['a link to a file beside it', 'echo theirs > beside; ln -s beside plan.sh', 'writes elsewhere'],
  ['a hard link to a file beside it', 'echo theirs > beside; ln beside plan.sh', 'writes elsewhere'],
  ['a pipe that nobody reads', 'mkfifo plan.sh', 'waits'],
  ['a folder', 'mkdir -p plan.sh/full; : > plan.sh/full/file', 'fails'],
  ['a folder that may not be entered', 'mkdir plan.sh; chmod 000 plan.sh', 'fails'],
  ['a file that may not be written', ': > plan.sh; chmod 000 plan.sh', 'fails'],
];

describe.each(await enginesAndUsers())('%s: a script', (_name, engine) => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await enter(engine, 'files');
  });
  afterAll(() => arena?.leave());

  it('can neither change, replace, move nor remove the capture', async () => {
    const attempt = script(
      ': > pocket.pcap; echo x >> pocket.pcap; rm -f pocket.pcap; mv pocket.pcap away; ln -sf /etc/passwd pocket.pcap; ' +
        'mv /workspace /gone; chmod 666 pocket.pcap; truncate -s 0 pocket.pcap; touch -d 1999-01-01 pocket.pcap; ' +
        'ln pocket.pcap hard && echo linked; chmod -R 777 /workspace; sha256sum < pocket.pcap | cut -d" " -f1',
    );
    // Anybody may write to it, as far as the host's file system is concerned.
    const open = join(arena.folder, 'open.pcap');
    await copyFile(arena.capture, open);
    await chmod(open, 0o666);

    const result = await arena.run(attempt);
    const mounted = await engine.control(open, [], attempt);
    const held = await readFile(open);
    const control = await engine.control(open, ['read-only capture'], attempt);

    const bytes = await readFile(arena.capture);
    const before = createHash('sha256').update(bytes).digest('hex');
    expect([result, mounted].map(linesOf)).toEqual([[before], [before]]);
    expect(held).toEqual(bytes);
    expect(linesOf(control)).not.toContain(before);
    expect(await readFile(open)).toHaveLength(0);
    await arena.expectUnharmed();
  });

  it.each(IN_THE_WAY)(
    'that puts %s in the way of an upload does not get in its way',
    async (_what, trick, naively) => {
      const play = `rm -rf plan.sh beside; ${trick}`;

      const tricked = await arena.bash(play);
      await arena.session.uploadBytes(Buffer.from('echo ours'), 'plan.sh');
      const result = await arena.bash('bash plan.sh; [ -e beside ] && cat beside; true');
      // The control: the same upload by somebody who does not clear the way.
      await arena.bash(play);
      const naive = await arena.run(['bash', '-c', 'cat > "$1"', 'upload', '/workspace/plan.sh'], {
        stdin: Buffer.from('echo ours'),
        timeoutMs: naively === 'waits' ? 500 : 20_000,
      });
      const elsewhere = await arena.bash('cat beside 2>/dev/null; rm -rf plan.sh');

      expect(tricked.exitCode).toBe(0);
      expect(linesOf(result)[0]).toBe('ours');
      expect(linesOf(result).slice(1)).not.toContain('echo ours');
      expect(naive).toMatchObject(NAIVELY[naively]);
      expect(elsewhere.stdout).toBe(naively === 'writes elsewhere' ? 'echo ours' : '');
      await arena.expectUnharmed();
    },
  );

  it('that takes all permissions from its workspace keeps nobody after it out', async () => {
    const lock = 'chmod 000 /workspace';
    const read = script('[ -s pocket.pcap ] && echo read; true');

    await arena.bash(lock);
    const after = await arena.run(read);
    const control = await engine.control(arena.capture, [], script(lock), read);

    expect(after.stdout).toBe('read\n');
    expect(control.stdout).toBe('');
    await arena.expectUnharmed();
  });

  it('that takes all permissions from its standard output keeps nobody after it out', async () => {
    const lock = 'chmod 000 /proc/self/fd/1 /proc/self/fd/2; true';
    const speak = script('echo heard');

    await arena.bash(lock);
    const after = await arena.run(speak);
    const control = await engine.control(arena.capture, [], script(lock), speak).then(
      ({ stdout }) => stdout,
      () => 'locked',
    );

    expect(after).toMatchObject({ outcome: 'exit', stdout: 'heard\n' });
    // Whose pipes belong to somebody else has nothing to take away from them.
    expect(control).toBe(engine.hostUid === 65_534 ? 'heard\n' : 'locked');
    await arena.expectUnharmed();
  });

  it('that makes files with names like options, newlines or other bytes is swept and followed as any other', async () => {
    const result = await arena.bash(
      "touch -- -rf --help $'new\\nline' $'\\xff\\xfe' '$(id)' ';id;' \"$(printf 'x%.0s' {1..255})\" ' ' '*'; ls | wc -l",
    );

    expect(Number(result.stdout)).toBeGreaterThan(9);
    await arena.expectUnharmed();
    await arena.bash('find . -mindepth 1 ! -name pocket.pcap -delete');
  });

  it('plants no configuration for the next tshark or Bash', async () => {
    await arena.bash(
      'mkdir -p .config/wireshark/plugins .wireshark ~/.config/wireshark 2>/dev/null; ' +
        'for d in . .config/wireshark .config/wireshark/plugins .wireshark; do ' +
        'echo \'io.stderr:write("PLANTED\\n") io.stdout:write("PLANTED\\n")\' > $d/init.lua; ' +
        'cp $d/init.lua $d/own.lua; echo "gui.column.format: \\"PLANTED\\", \\"%m\\"" > $d/preferences; echo "frame.number == 2" > $d/dfilters; done; ' +
        'for f in .bashrc .bash_profile .profile .bash_env; do echo "echo PLANTED" > $f; done; ' +
        'for t in tshark cat wc head timeout bash; do printf "#!/bin/bash\\necho PLANTED\\n" > $t; chmod +x $t; done; ' +
        'export BASH_ENV=/workspace/.bashrc ENV=/workspace/.bashrc WIRESHARK_CONFIG_DIR=/workspace/.config/wireshark; true',
    );
    const next = await arena.run(['tshark', '-n', '-r', 'pocket.pcap']);
    const login = await arena.run(['bash', '-lc', 'cat /dev/null; echo fine']);
    // The control: what was planted does work for who is told to read it.
    const control = await arena.bash(
      'HOME=/workspace XDG_CONFIG_HOME=/workspace/.config tshark -n -r pocket.pcap 2>&1; BASH_ENV=.bashrc bash -c true',
    );

    expect(next.stdout + next.stderr).not.toContain('PLANTED');
    expect(linesOf(next)).toHaveLength(3);
    expect(login.stdout).toBe('fine\n');
    expect(control.stdout).toContain('PLANTED');
    await arena.expectUnharmed();
  });
});

/**
 * File names that are words of another language to somebody on the way: shells, options, mounts, URLs, terminals. With
 * each stands what a script would run who takes it for a plain word; in there `$1` is the name.
 */
const NAMES: readonly (readonly [name: string, naive: (name: string) => string])[] = [
  ['-rf -oude:x new\nline.pcap', () => 'wc -c "$1"'],
  ['--', () => 'wc -c "$1"'],
  [`q'"$(touch owned)\`touch owned\`;touch owned;a|b&c>d.pcap`, (name) => `wc -c < ${JSON.stringify(name)}`],
  [
    'a:b,ro=false,readonly=false,bind-propagation=shared:rw.pcap',
    () => 'IFS=:, read -r path _ <<< "$1"; wc -c < "$path"',
  ],
  ['\u001B[31mred\u001B[0m\\040%2e%2e%2f..pcap', (name) => `wc -c < ${JSON.stringify(name)}`],
  [`naïve 日本 ${'x'.repeat(230)}.pcap`, (name) => `wc -c < ${name}`],
];

describe.each(engines)('%s: a capture', (_name, engine) => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await enter(engine, 'names');
  });
  afterAll(() => arena?.leave());

  it.each(NAMES.map(([name, naive], place) => [name, naive, place] as const))(
    'called %j is read as any other, and its name does nothing',
    async (name, naive, place) => {
      const folder = join(arena.folder, `names ${place}`);
      await mkdir(folder);
      const capture = join(folder, name);
      await copyFile(arena.capture, capture);

      const session = await arena.open({}, capture);
      await expectAnalysis(engine, session);
      const inside = await bash(session, ': >> pocket.pcap; ls -A; cat /proc/self/mountinfo');
      await session.stop();
      // The control: the same name, in the sandbox, to somebody who puts it into a line of words.
      const words = `cp pocket.pcap "./$1" && { ${naive(name)}; } 2>/dev/null; [ -e owned ] && echo owned; true`;
      const control = await arena.run(['bash', '-c', words, 'naive', name]);
      await arena.bash('find . -mindepth 1 ! -name pocket.pcap -delete');

      expect(inside.stdout.split('\n')[0]).toBe('pocket.pcap');
      expect(inside.stdout).toMatch(/ \/workspace\/pocket\.pcap ro[,\s]/);
      expect(await readFile(capture)).toEqual(await readFile(arena.capture));
      if (name.includes('touch owned')) expect(control.stdout).toContain('owned');
      else expect(control.stdout).not.toContain(String((await stat(capture)).size));
      await expectNothingLeft(engine, arena.guest, folder);
    },
  );

  it.runIf(engine.name === 'docker')(
    'whose name is mount words would not be mounted by a line of them',
    async () => {
      const name = NAMES.map(([name]) => name).find((name) => name.includes(':rw')) ?? '';
      const capture = join(arena.folder, name);
      await copyFile(arena.capture, capture);

      const made = docker.createContainer({
        Image: await imageReference(SANDBOX_DIR),
        HostConfig: { Binds: [`${capture}:/workspace/pocket.pcap:ro`] },
      });

      await expect(made).rejects.toThrow(/invalid/);
    },
  );

  it('whose name no text can hold is refused or read, in our own words', async () => {
    const name = Buffer.concat([
      Buffer.from(`${arena.folder}/`),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('.pcap'),
    ]);
    await writeFile(name, await readFile(arena.capture));

    await expect(arena.open({}, name.toString())).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
    });
  });

  it('that is a link is the file behind it, and where that may not be read nothing is', async () => {
    const link = join(arena.folder, 'link.pcap');
    await symlink(basename(arena.capture), link);

    const session = await arena.open({}, link);
    await expectAnalysis(engine, session);
    await session.stop();
  });

  it.each([
    '../etc/passwd',
    '/etc/passwd',
    '/workspace/../x',
    'a//b',
    '-rf',
    'a b',
    '.bashrc',
    '',
    'a\nb',
    'a:b',
    'a\0b',
    '$(id)',
    'x'.repeat(300),
    'pocket.pcap',
    './pocket.pcap',
  ])('refuses an upload to %j', async (path) => {
    await expect(arena.session.uploadBytes(Buffer.from('x'), path)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });
});
