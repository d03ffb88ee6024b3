import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bash } from '../docker/support.ts';
import { engines } from './engines.ts';
import { type Arena, enter, expectAnalysis, expectNothingLeft, linesOf, openSession } from './support.ts';

describe.each(engines.map((engine) => [engine.name, engine] as const))('%s: a script', (_name, engine) => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await enter(engine, 'files');
  });
  afterAll(() => arena?.leave());

  it('can neither change, replace, move nor remove the capture', async () => {
    const result = await arena.bash(
      ': > pocket.pcap; echo x >> pocket.pcap; rm -f pocket.pcap; mv pocket.pcap away; ln -sf /etc/passwd pocket.pcap; ' +
        'mv /workspace /gone; chmod 666 pocket.pcap; truncate -s 0 pocket.pcap; touch -d 1999-01-01 pocket.pcap; ' +
        'ln pocket.pcap hard && echo linked; chmod -R 777 /workspace; sha256sum < pocket.pcap | cut -d" " -f1',
    );
    const bytes = await readFile(arena.capture);

    expect(linesOf(result)).toEqual([createHash('sha256').update(bytes).digest('hex')]);
    await arena.expectUnharmed();
  });

  it.each([
    ['a link to a file of the system', 'ln -s /etc/passwd plan.sh'],
    ['a link to a file beside it', 'echo theirs > beside; ln -s beside plan.sh'],
    ['a hard link to a file beside it', 'echo theirs > beside; ln beside plan.sh'],
    ['a pipe that nobody reads', 'mkfifo plan.sh'],
    ['a folder', 'mkdir -p plan.sh/full; : > plan.sh/full/file'],
    ['a folder that may not be entered', 'mkdir plan.sh; chmod 000 plan.sh'],
    ['a file that may not be written', ': > plan.sh; chmod 000 plan.sh'],
  ])('that puts %s in the way of an upload does not get in its way', async (_what, trick) => {
    const tricked = await arena.bash(`rm -rf plan.sh beside; ${trick}`);
    await arena.session.uploadBytes(Buffer.from('echo ours'), 'plan.sh');
    const result = await arena.bash('bash plan.sh; [ -e beside ] && cat beside; true');

    expect(tricked.exitCode).toBe(0);
    expect(linesOf(result)[0]).toBe('ours');
    expect(linesOf(result).slice(1)).not.toContain('echo ours');
    await arena.expectUnharmed();
  });

  it.each([
    ['its workspace', 'chmod 000 /workspace'],
    ['its standard output', 'chmod 000 /proc/self/fd/1 /proc/self/fd/2; true'],
  ])('that takes all permissions from %s keeps nobody after it out', async (_what, trick) => {
    await arena.bash(trick);

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

/** File names that are words of another language to somebody on the way: shells, options, mounts, URLs, terminals. */
const NAMES = [
  '-rf -oude:x new\nline.pcap',
  '--',
  `q'"$(touch owned)\`touch owned\`;touch owned;a|b&c>d.pcap`,
  'a:b,ro=false,readonly=false,bind-propagation=shared:rw.pcap',
  '\u001B[31mred\u001B[0m\\040%2e%2e%2f..pcap',
  `naïve 日本 ${'x'.repeat(230)}.pcap`,
];

describe.each(engines.map((engine) => [engine.name, engine] as const))('%s: a capture', (_name, engine) => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await enter(engine, 'names');
  });
  afterAll(() => arena?.leave());

  it.each(NAMES)('called %j is read as any other, and its name does nothing', async (name) => {
    const folder = join(arena.folder, `names ${NAMES.indexOf(name)}`);
    await mkdir(folder);
    const capture = join(folder, name);
    await copyFile(arena.capture, capture);
    const owner = `${arena.owner}-${NAMES.indexOf(name)}`;

    const session = await openSession(engine, capture, folder, owner);
    await expectAnalysis(engine, session);
    const inside = await bash(session, ': >> pocket.pcap; ls -A; cat /proc/self/mountinfo');
    await session.stop();

    expect(inside.stdout.split('\n')[0]).toBe('pocket.pcap');
    expect(inside.stdout).toMatch(/ \/workspace\/pocket\.pcap ro[,\s]/);
    expect(await readFile(capture)).toEqual(await readFile(arena.capture));
    await expectNothingLeft(engine, owner, folder);
  });

  it('whose name no text can hold is refused or read, in our own words', async () => {
    const name = Buffer.concat([
      Buffer.from(`${arena.folder}/`),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('.pcap'),
    ]);
    await writeFile(name, await readFile(arena.capture));

    await expect(openSession(engine, name.toString(), arena.folder, arena.owner)).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
    });
  });

  it('that is a link is the file behind it, and where that may not be read nothing is', async () => {
    const link = join(arena.folder, 'link.pcap');
    await symlink(basename(arena.capture), link);

    const session = await openSession(engine, link, arena.folder, `${arena.owner}-link`);
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
