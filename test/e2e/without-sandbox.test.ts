import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Analysis } from '../../src/domain/analysis.ts';
import { generateScenario } from '../../src/local-azure/traffic/scenario.ts';
import { createHome, ROOT } from './host.ts';
import { capwright } from './shell.ts';

/** Node itself refuses to start any process, and any native code beside it. */
const NO_PROCESS = ['--permission', '--allow-fs-read=*', '--allow-fs-write=*', '--allow-worker'];

let home: Awaited<ReturnType<typeof createHome>>;
let capture: string;
let env: Record<string, string>;
const scenario = generateScenario({
  seed: 7,
  startTime: 1_767_225_600,
  durationSeconds: 5,
  local: { address: '10.0.0.4' },
});
beforeAll(async () => {
  home = await createHome();
  capture = join(home.env.HOME, 'a.cap');
  writeFileSync(capture, scenario.pcap, { mode: 0o600 });
  const missing = `unix://${join(home.env.HOME, 'no.sock')}`;
  env = { ...home.env, CAPWRIGHT_SANDBOX: 'none', DOCKER_HOST: missing, PATH: home.env.HOME };
});
afterAll(() => home.remove());

describe('capwright analyze on a machine without a sandbox', () => {
  it('answers in a process that can not start another one', async () => {
    const nodeArgs = NO_PROCESS;
    const { code, stdout, stderr } = await capwright(['analyze', capture, '--json'], env, { nodeArgs });

    const analysis = Analysis.parse(JSON.parse(stdout));
    expect(code).toBe(0);
    expect(stderr).toMatch(/^capwright: partial analysis: tshark was not run.+$/m);
    expect(analysis.isolation.engine).toBe('none');
    expect(analysis.commands).toEqual([]);
    const planted = scenario.planted.find(({ main, kind }) => main && kind === 'tcp_connect_timeout');
    const found = analysis.findings.find(({ kind }) => kind === 'tcp_connect_timeout');
    expect(planted?.frames.length).toBeGreaterThan(0);
    expect(found?.frames).toEqual(planted?.frames.slice(0, 20));
  });

  it('prints the report, which opens with what is missing', async () => {
    const { code, stdout } = await capwright(['analyze', capture], env, { nodeArgs: NO_PROCESS });

    expect(code).toBe(0);
    expect(stdout.slice(0, 200)).toContain('**Partial analysis.** tshark was not run');
    expect(stdout.match(/^## .+$/gm)).toHaveLength(8);
  });

  it('is kept from starting one by a rule that would show an attempt', () => {
    const attempt = "require('node:child_process').spawnSync('/bin/true')";

    const { status, stderr } = spawnSync(
      join(ROOT, 'node_modules/.bin/node'),
      [...NO_PROCESS, '-e', attempt],
      { encoding: 'utf8' },
    );

    expect(status).not.toBe(0);
    expect(stderr).toContain('ERR_ACCESS_DENIED');
  });
});
