import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Analysis } from '../../src/domain/analysis.ts';
import { generateScenario } from '../../src/local-azure/traffic/scenario.ts';
import { aliveInText } from '../forensics/hostile/alive.ts';
import { openAgent } from './agent.ts';
import { createHome } from './host.ts';
import { capwright } from './shell.ts';

const scenario = generateScenario({
  seed: 7,
  startTime: 1_767_225_600,
  durationSeconds: 5,
  local: { address: '10.0.0.4' },
});

const scenarioHash = createHash('sha256').update(scenario.pcap).digest('hex');

let home: Awaited<ReturnType<typeof createHome>>;
let env: Record<string, string>;
let capture: string;
let id: string;
let analysisPath: string;
beforeAll(async () => {
  home = await createHome();
  capture = join(home.env.HOME, 'a.cap');
  writeFileSync(capture, scenario.pcap, { mode: 0o600 });
  env = {
    ...home.env,
    CAPWRIGHT_ALLOWED_ROOTS: home.env.HOME,
    DEBUG_SAVE_DIR: join(home.env.HOME, 'debug'),
  };
  const agent = await openAgent(env);
  try {
    const view = await agent.analyze({ pcap_path: capture, llm: 'off' });
    id = view.analysis_id;
    analysisPath = view.analysis.analysis_path;
  } finally {
    await agent.close();
  }
});
afterAll(() => home.remove());

const replay = (...args: string[]) => capwright(['replay', ...args], env);

/** Changes what was kept of the script's output for one test. */
async function withKept(change: (stdout: string) => string, test: () => Promise<void>): Promise<void> {
  const text = readFileSync(analysisPath, 'utf8');
  const analysis = Analysis.parse(JSON.parse(text));
  for (const result of analysis.results) result.stdout = change(result.stdout);
  writeFileSync(analysisPath, JSON.stringify(analysis));
  try {
    await test();
  } finally {
    writeFileSync(analysisPath, text);
  }
}

describe('capwright replay', () => {
  it('runs the script again on the same capture and finds the same', async () => {
    const { code, stdout, stderr } = await replay(id);

    expect(stdout).toMatch(/^the same: exit code 0 as kept, stdout the same/);
    expect(stdout).toContain(capture);
    expect(stderr).not.toContain('Error');
    expect(code).toBe(0);
  });

  it('shows what is different, exits with 1, and tells programs the same', async () => {
    await withKept(
      (stdout) => stdout.replace('== done ==', '== once ended so =='),
      async () => {
        const { code, stdout } = await replay(id, '--json');

        const told = JSON.parse(stdout);
        expect(told).toMatchObject({ task: id, same: false, runs: [{ exitCode: { kept: 0, now: 0 } }] });
        expect(told.runs[0].stdout.diff).toContain('-== once ended so ==');
        expect(told.runs[0].stdout.diff).toContain('+== done ==');
        expect(code).toBe(1);
      },
    );
  });

  it('names the path of a capture that is gone, takes a copy by its SHA-256 and no other file', async () => {
    const copy = join(home.env.HOME, 'copy.cap');
    const other = join(home.env.HOME, 'other.cap');
    copyFileSync(capture, copy);
    writeFileSync(other, generateScenario({ ...SMALL, seed: 8 }).pcap);
    const away = `${capture}.away`;
    renameSync(capture, away);
    try {
      const gone = await replay(id);
      const wrong = await replay(id, '--capture', other);
      const right = await replay(id, '--capture', copy);

      expect(gone.stderr).toContain(`The capture is gone: ${capture} is not there.`);
      expect(wrong.stderr).toContain('is not the capture that was analysed: its SHA-256 is');
      expect([gone.code, wrong.code, right.code]).toEqual([2, 2, 0]);
    } finally {
      renameSync(away, capture);
    }
  });

  it.each([[[]], [['--json']]])(
    'shows nothing that lives, and no secret, of a hostile file name and of output: %j',
    async (options) => {
      const copy = join(home.env.HOME, '\u001b[31m\u202e<img src=x onerror=alert(1)>.cap');
      copyFileSync(capture, copy);
      await withKept(
        (stdout) => `${stdout}\u001b]0;owned\u0007<script>x</script>\u202e password=hunter2-7Qz\n`,
        async () => {
          const { code, stdout, stderr } = await replay(id, '--capture', copy, ...options);
          const gone = await replay(id, '--capture', `${copy}.gone`);

          expect(code).toBe(1);
          expect(stdout).toContain(scenarioHash);
          expect(gone.code).toBe(2);
          expect(aliveInText(stdout + stderr + gone.stderr)).toEqual([]);
          expect(stdout).not.toContain('hunter2');
        },
      );
    },
  );

  it.each([['nobody'], ['../tasks']])('exits with 2 for an id that is not there: %s', async (unknown) => {
    const { code, stderr } = await replay(unknown);

    expect(stderr).toContain('There is no task with this id.');
    expect(code).toBe(2);
  });
});

const SMALL = { startTime: 1_767_225_600, durationSeconds: 2, local: { address: '10.0.0.4' } };

describe('an analysis through the real server', () => {
  it('leaves its attempts in the state directory and, where asked for, in the folder for debugging', () => {
    const folders = [join(home.env.CAPWRIGHT_STATE_DIR, 'tasks', id), join(home.env.HOME, 'debug', id)];

    for (const folder of folders) {
      const index = JSON.parse(readFileSync(join(folder, 'attempts', 'index.json'), 'utf8'));
      expect(index).toMatchObject({
        capture: { path: capture },
        attempts: [{ name: '1', role: 'playbook' }],
      });
      expect(readFileSync(join(folder, 'attempts', '1', 'stdout.txt'), 'utf8')).toContain('== done ==');
      expect(readFileSync(join(folder, 'report.md'), 'utf8')).toContain('## Executive Summary');
    }
  });
});
