import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Analysis } from '../../src/domain/analysis.ts';
import { generateScenario } from '../../src/local-azure/traffic/scenario.ts';
import { createHome } from './host.ts';
import { capwright } from './shell.ts';

let home: Awaited<ReturnType<typeof createHome>>;
let capture: string;
beforeAll(async () => {
  home = await createHome();
  capture = join(home.env.HOME, 'mixed traffic; $(touch pwned).cap');
  const { pcap } = generateScenario({
    seed: 7,
    startTime: 1_767_225_600,
    durationSeconds: 5,
    local: { address: '10.0.0.4' },
  });
  writeFileSync(capture, pcap, { mode: 0o600 });
});
afterAll(() => home.remove());

function file(name: string, content: string): string {
  const path = join(home.env.HOME, name);
  writeFileSync(path, content);
  return path;
}

describe('capwright analyze', () => {
  it('prints one object with everything measured, and nothing else, on stdout', async () => {
    const { code, stdout } = await capwright(['analyze', capture, '--json', '--llm', 'off'], home.env);

    const analysis = Analysis.parse(JSON.parse(stdout));
    expect(code).toBe(0);
    expect(analysis.capture.packets).toBeGreaterThan(300);
    expect(
      analysis.conversations.length * analysis.endpoints.length * analysis.protocols.length,
    ).toBeGreaterThan(0);
    for (const finding of analysis.findings) {
      expect(finding.frames.length).toBeGreaterThan(0);
      expect(finding.frames.length).toBeLessThanOrEqual(20);
      expect([...finding.actor, ...finding.target].join(' ')).not.toMatch(/\d\.\d+:\d/);
    }
  });

  it('prints the report with its eight sections in order, and its progress elsewhere', async () => {
    const { code, stdout, stderr } = await capwright(['analyze', capture, '--llm', 'off'], home.env);

    expect(code).toBe(0);
    expect(stdout.match(/^## .+$/gm)).toEqual([
      '## Executive Summary',
      '## Capture Overview',
      '## Conversations',
      '## Endpoints',
      '## Protocol Distribution',
      '## Notable Findings',
      '## Recommendations',
      '## Command Log',
    ]);
    expect(stderr).toContain('sandbox');
  });

  it.each([
    ['a missing file', () => join(home.env.HOME, 'nothing.pcap')],
    ['a directory', () => home.env.HOME],
    ['an empty file', () => file('empty.pcap', '')],
    ['text named .pcap', () => file('text.pcap', 'hello')],
  ])('refuses %s with one clear line', async (_what, path) => {
    const { code, stdout, stderr } = await capwright(['analyze', path(), '--json'], home.env);

    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^capwright: .+\n$/);
  });
});

describe('capwright flow', () => {
  it('shows a conversation as lines that begin with the number of their packet', async () => {
    const { code, stdout } = await capwright(['flow', capture, '--stream', 'tcp:0'], home.env);

    const [ours = '', ...lines] = stdout.trimEnd().split('\n');
    expect(code).toBe(0);
    expect(ours).toMatch(new RegExp(`^${lines.length} packets, told by tshark in `));
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) expect(line).toMatch(/^ *\d+ \| .*(TCP|HTTP|TLS)/);
  });

  it('prints single packets as one object', async () => {
    const { code, stdout } = await capwright(['flow', capture, '--frames', '3-4', '--json'], home.env);

    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ matched: 2, packets: [{ frame: 3 }, { frame: 4 }] });
  });
});

describe('capwright', () => {
  it('answers wrong usage with the way to the help, and exit code 2', async () => {
    for (const args of [
      ['analyze'],
      ['fly'],
      ['serve', '--stdio', '--http'],
      ['serve', '--port', 'x'],
      ['doctor', '--nope'],
      ['flow', capture],
      ['flow', capture, '--stream', 'tcp'],
      ['flow', capture, '--frames', '1-2', '--follow'],
    ]) {
      const { code, stderr } = await capwright(args, home.env);
      expect(code, args.join(' ')).toBe(2);
      expect(stderr).toMatch(/^capwright: .+--help\n$/);
    }
  });

  it('prints the help where a command is asked for it, and does nothing else', async () => {
    const { code, stdout } = await capwright(['cleanup', '--help'], home.env);

    expect(code).toBe(0);
    expect(stdout).toContain('capwright cleanup [--apply PLAN_ID]');
    expect(stdout).not.toContain('searched');
  });

  it('names a wrong setting', async () => {
    const { code, stderr } = await capwright(['doctor'], { ...home.env, CAPWRIGHT_POLL_SECONDS: 'often' });

    expect(code).toBe(2);
    expect(stderr).toContain('CAPWRIGHT_POLL_SECONDS');
  });

  it('says in one line what an old Node has to do, before it loads anything', async () => {
    const pretend = `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.1.0'}})`;

    const { code, stderr } = await capwright(['--version'], home.env, { nodeArgs: ['--import', pretend] });

    expect(code).toBe(1);
    expect(stderr).toMatch(/^capwright needs Node 22\.19 or newer, this is 20\.1\.0; run: .+\n$/);
  });

  it('lets doctor name what is missing and the command that fixes it', async () => {
    const broken = await capwright(['doctor'], {
      ...home.env,
      CAPWRIGHT_SANDBOX: 'docker',
      DOCKER_HOST: `unix://${home.env.HOME}/no.sock`,
    });
    const whole = await capwright(['doctor', '--json'], home.env);

    expect(broken.code).toBe(1);
    expect(broken.stdout).toMatch(/missing +sandbox/);
    expect(broken.stdout).toContain('not docker: Docker is not running');
    expect(broken.stdout).toContain('fix: ');
    expect(whole.code).toBe(0);
    expect(JSON.parse(whole.stdout)).toContainEqual(
      expect.objectContaining({
        name: 'sandbox',
        state: 'ok',
        sandbox: expect.objectContaining({
          isolation: expect.objectContaining({ engine: 'docker' }),
          tsharkVersion: expect.stringMatching(/^TShark/),
          engines: [expect.objectContaining({ engine: 'docker', ready: true })],
        }),
      }),
    );
  });

  it('runs the local Azure with its own options', async () => {
    const help = await capwright(['local-azure', '--help'], home.env);
    const value = await capwright(['local-azure', '--port', 'x'], home.env);
    const flag = await capwright(['local-azure', '--prot', '1'], home.env);

    expect(help).toMatchObject({ code: 0, stdout: expect.stringContaining('--time-scale') });
    expect(value).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/^--port: .+\n$/) });
    expect(flag).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/^.*'--prot'.*\n$/) });
  });

  it('refuses to serve on an address that others can reach', async () => {
    const { code, stderr } = await capwright(['serve', '--http', '--host', '0.0.0.0'], home.env);

    expect(code).toBe(1);
    expect(stderr).toContain('beyond this machine');
  });

  it('plans a cleanup and says where it could not look', async () => {
    mkdirSync(join(home.env.HOME, 'empty-path'), { recursive: true });
    const { code, stdout } = await capwright(['cleanup'], {
      ...home.env,
      PATH: join(home.env.HOME, 'empty-path'),
    });

    expect(code).toBe(0);
    expect(stdout).toMatch(/searched Azure: not searched \(.+\)/);
  });
});
