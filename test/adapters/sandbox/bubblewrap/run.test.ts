import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CAPTURE_PATH, type Sandbox, type SandboxSession } from '../../../../src/ports.ts';
import { bash, captureFolder, SMALL } from '../docker/support.ts';
import { bubblewrapHere, bubblewrapIn } from './support.ts';

const here = await bubblewrapHere();
let home: Awaited<ReturnType<typeof captureFolder>>;
let sandbox: Sandbox;
let session: SandboxSession;

const open = (capturePath: string): Promise<SandboxSession> =>
  sandbox.open({ capturePath, limits: SMALL, signal: new AbortController().signal });

beforeAll(async () => {
  home = await captureFolder();
  sandbox = bubblewrapIn(home.folder);
  if (here) session = await open(home.capture);
});
afterAll(async () => {
  await session?.stop();
  await home?.remove();
});

describe.runIf(here)('a session in bubblewrap', () => {
  it('says which tshark it has, what isolates it, and what that lacks', () => {
    expect(session.tsharkVersion).toMatch(/^TShark \(Wireshark\) \d+\.\d+\.\d+/);
    expect(session.tools).toContain(session.tsharkVersion);
    expect(session.isolation).toMatchObject({
      engine: 'bubblewrap',
      description: expect.stringMatching(/^bubblewrap \d+.*no network/),
      lacks: expect.arrayContaining(["It shares the host's kernel."]),
    });
  });

  it('reads the capture with tshark, though nobody but its owner can enter the folder it is in', async () => {
    const result = await session.run({
      argv: ['tshark', '-n', '-r', CAPTURE_PATH, '-T', 'fields', '-e', 'frame.number', '-e', 'ip.src'],
      timeoutMs: 20_000,
      maxOutputBytes: 10_000,
    });

    expect((await stat(home.folder)).mode & 0o077).toBe(0);
    expect(result.stdout).toBe('1\t192.0.2.1\n2\t192.0.2.1\n3\t192.0.2.1\n');
    expect(result).toMatchObject({ exitCode: 0, isError: false, outcome: 'exit', truncated: false });
  });

  it('keeps stdout, stderr and the exit code apart, and lets scripts open them by name', async () => {
    const result = await bash(
      session,
      'echo to out >/dev/stdout; echo to err >/dev/stderr; cat /dev/stdin; exit 3',
      {
        stdin: Buffer.from('from stdin\n'),
      },
    );

    expect(result).toMatchObject({
      stdout: 'to out\nfrom stdin\n',
      stderr: 'to err\n',
      exitCode: 3,
      isError: true,
      outcome: 'exit',
    });
  });

  it('passes arguments as they are, never through a shell', async () => {
    const words = ['$(id)', '; echo injected', "it's", '', '--', '--bind', 'naïve\n'];

    const result = await session.run({
      argv: ['printf', '[%s]', ...words],
      timeoutMs: 10_000,
      maxOutputBytes: 10_000,
    });

    expect(result.stdout).toBe(words.map((word) => `[${word}]`).join(''));
  });

  it('runs uploaded files and keeps the workspace between commands', async () => {
    await session.uploadBytes(Buffer.from('echo "script got $1"; echo kept > note'), 'scripts/hello.sh');
    await bash(session, 'bash /workspace/scripts/hello.sh x');

    const result = await bash(session, 'bash scripts/hello.sh y; cat note');

    expect(result.stdout).toBe('script got y\nkept\n');
  });

  it('uploads a file whole, also one of several megabytes, and an empty one', async () => {
    const local = join(home.folder, 'big.bin');
    await writeFile(local, Buffer.alloc(5_000_000, 'capwright'));
    await session.uploadFile(local, 'big.bin');
    await session.uploadBytes(new Uint8Array(), 'empty');

    const result = await bash(session, 'md5sum < big.bin; md5sum; wc -c < empty', {
      stdin: await readFile(local),
    });

    const [uploaded, streamed, empty] = result.stdout.trim().split('\n');
    expect(uploaded).toMatch(/^[0-9a-f]{32}/);
    expect(streamed).toBe(uploaded);
    expect(empty).toBe('0');
  });

  it('says so when an upload does not fit, and goes on', async () => {
    await bash(session, 'head -c 30000000 /dev/zero > filler');

    const upload = session.uploadBytes(Buffer.alloc(8_000_000), 'more.bin');

    await expect(upload).rejects.toMatchObject({ code: 'SANDBOX_FAILED' });
    expect((await bash(session, 'echo fine')).stdout).toBe('fine\n');
  });

  it('uploads into the workspace even where a script has left a link out of it', async () => {
    await bash(session, 'ln -s /usr/lib linked; ln -s /etc/planted planted');

    const through = session.uploadBytes(Buffer.from('x'), 'linked/planted');

    await expect(through).rejects.toMatchObject({ code: 'SANDBOX_FAILED' });
    await expect(stat('/usr/lib/planted')).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('hands a command nothing but its three streams, and an environment without the server’s', async () => {
    const result = await bash(
      session,
      'echo /proc/self/fd/*; env | cut -d= -f1 | sort; tr "\\0" "\\n" < /proc/1/environ | cut -d= -f1',
    );

    const [descriptors, ...names] = result.stdout.trim().split('\n');
    expect(descriptors).toBe('/proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 /proc/self/fd/3');
    expect(new Set(names)).toEqual(
      new Set(['CAPWRIGHT_SANDBOX', 'HOME', 'LC_ALL', 'PATH', 'PWD', 'SHLVL', 'TMPDIR', 'TZ', '_']),
    );
  });

  it('reads all of stdout of a command that ignores its large input', async () => {
    const result = await bash(session, 'echo first; sleep 0.3; echo last', {
      stdin: Buffer.alloc(4_000_000),
    });

    expect(result).toMatchObject({ stdout: 'first\nlast\n', outcome: 'exit' });
  });

  it('streams output much larger than what it would keep', async () => {
    let bytes = 0;
    const result = await bash(session, 'head -c 30000000 /dev/zero; echo warned >&2', {
      maxOutputBytes: 40_000_000,
      onStdout: (chunk) => {
        bytes += chunk.length;
      },
    });

    expect(bytes).toBe(30_000_000);
    expect(result).toMatchObject({
      stdout: '',
      stderr: 'warned\n',
      stdoutBytes: 30_000_000,
      outcome: 'exit',
    });
  });

  it('ends the command and throws what the reader of a stream threw', async () => {
    const broken = bash(session, 'yes', {
      onStdout: () => {
        throw new Error('reader broke');
      },
    });

    await expect(broken).rejects.toThrow('reader broke');
    expect((await bash(session, 'echo fine')).stdout).toBe('fine\n');
  });

  it('runs commands one after another when several are asked for at once', async () => {
    const results = await Promise.all([
      bash(session, 'echo a > turn; sleep 0.3; cat turn'),
      bash(session, 'echo b > turn; cat turn'),
      bash(session, 'cat turn'),
    ]);

    expect(results.map((result) => result.stdout)).toEqual(['a\n', 'b\n', 'b\n']);
  });
});

describe.runIf(here)('a capture', () => {
  it.each(['with space and\nnewline.pcap', '-rf', '--bind', "it's $(id).pcap", 'naïve.pcap', 'LABEL=x'])(
    'named %j is read like any other',
    async (name) => {
      const folder = join(home.folder, 'names');
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, name), await readFile(home.capture));
      const own = await open(join(folder, name));

      const result = await bash(own, 'tshark -n -r pocket.pcap | wc -l');
      await own.stop();

      expect(result.stdout).toBe('3\n');
    },
  );

  it('that only its owner may read is readable inside, keeps its mode, and leaves no copy after stop', async () => {
    const secret = join(home.folder, 'secret.pcap');
    await writeFile(secret, await readFile(home.capture));
    await chmod(secret, 0o600);
    const own = await open(secret);

    const result = await bash(own, 'capinfos -T -r -c -M pocket.pcap');
    await own.stop();

    expect(result.stdout.trim()).toMatch(/\t3$/);
    expect((await stat(secret)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(home.folder, 'staging')).catch(() => [])).toEqual([]);
  });
});
