import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CAPTURE_PATH, type SandboxSession } from '../../../../src/ports.ts';
import { bash, captureFolder, sandboxIn, SMALL } from './support.ts';

let home: Awaited<ReturnType<typeof captureFolder>>;
let session: SandboxSession;

beforeAll(async () => {
  home = await captureFolder();
  session = await sandboxIn(home.folder).open({
    capturePath: home.capture,
    limits: SMALL,
    signal: new AbortController().signal,
  });
});
afterAll(async () => {
  await session?.stop();
  await home?.remove();
});

describe('a session', () => {
  it('says which tshark it has and what isolates it', () => {
    expect(session.tsharkVersion).toMatch(/^TShark \(Wireshark\) \d+\.\d+\.\d+/);
    expect(session.isolation).toMatchObject({
      engine: 'docker',
      description: expect.stringMatching(/^Docker \d+.*no network/),
      lacks: expect.arrayContaining(["It shares the host's kernel."]),
    });
    expect(session.tools).toContain(session.tsharkVersion);
  });

  it('reads the capture with tshark', async () => {
    const result = await session.run({
      argv: ['tshark', '-n', '-r', CAPTURE_PATH, '-T', 'fields', '-e', 'frame.number', '-e', 'ip.src'],
      timeoutMs: 20_000,
      maxOutputBytes: 10_000,
    });

    expect(result.stdout).toBe('1\t192.0.2.1\n2\t192.0.2.1\n3\t192.0.2.1\n');
    expect(result).toMatchObject({ exitCode: 0, isError: false, outcome: 'exit', truncated: false });
  });

  it('keeps stdout, stderr and the exit code apart', async () => {
    const result = await bash(session, 'echo to out; echo to err >&2; exit 3');

    expect(result).toMatchObject({
      stdout: 'to out\n',
      stderr: 'to err\n',
      exitCode: 3,
      isError: true,
      outcome: 'exit',
    });
  });

  it('passes arguments as they are, never through a shell', async () => {
    const words = ['$(id)', '; echo injected', "it's", '', '--', 'naïve\n'];

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

  it('uploads a file whole, also one of several megabytes', async () => {
    const local = join(home.folder, 'big.bin');
    await writeFile(local, Buffer.alloc(5_000_000, 'capwright'));
    await session.uploadFile(local, 'big.bin');

    const result = await bash(session, 'md5sum < big.bin; md5sum', { stdin: await readFile(local) });

    const [uploaded, streamed] = result.stdout.trim().split('\n');
    expect(uploaded).toMatch(/^[0-9a-f]{32}/);
    expect(streamed).toBe(uploaded);
  });

  it.each(['../etc/passwd', '/etc/passwd', '/workspace/../x', 'a//b', '-rf', 'pocket.pcap', 'a b', '.x', ''])(
    'refuses to upload to %j',
    async (path) => {
      await expect(session.uploadBytes(Buffer.from('x'), path)).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
      });
    },
  );

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
      truncated: false,
      outcome: 'exit',
    });
  });

  it('bounds a streamed command too, and hands on no byte beyond the bound', async () => {
    let bytes = 0;
    const result = await bash(session, 'yes', {
      maxOutputBytes: 100_000,
      onStdout: (chunk) => {
        bytes += chunk.length;
      },
    });

    expect(bytes).toBe(100_000);
    expect(result).toMatchObject({ outcome: 'output_overflow', truncated: true });
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

  it('refuses an argument that the kernel would refuse, in its own words', async () => {
    await expect(bash(session, `: ${'x'.repeat(200_000)}`)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });
});

describe('a capture that only its owner may read', () => {
  it('is readable inside, keeps its mode, and its copy is gone after stop', async () => {
    const secret = join(home.folder, 'secret.pcap');
    await writeFile(secret, await readFile(home.capture));
    await chmod(secret, 0o600);
    const own = await sandboxIn(home.folder).open({
      capturePath: secret,
      limits: SMALL,
      signal: new AbortController().signal,
    });

    const result = await bash(own, 'capinfos -T -r -c -M pocket.pcap');
    const staged = await readdir(join(home.folder, 'staging'));
    await own.stop();

    expect(result.stdout.trim()).toMatch(/\t3$/);
    expect(staged).toHaveLength(1);
    expect((await stat(secret)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(home.folder, 'staging'))).toEqual([]);
  });
});
