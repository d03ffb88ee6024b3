import { describe, expect, it } from 'vitest';
import { AttemptsIndex } from '../../src/domain/attempts.ts';
import { CapwrightError } from '../../src/domain/errors.ts';
import { PLAYBOOK } from '../../src/forensics/playbook.ts';
import { analysisOf, isRun, reportReply, scripts, type AnalysisOptions } from '../fakes/forensics.ts';
import { createFakeModel } from '../fakes/model.ts';
import type { Behaviour } from '../fakes/sandbox.ts';

/** An analysis, and every file that it kept, as a disk would have it afterwards. */
async function keptOf(options: AnalysisOptions) {
  const files = new Map<string, string>();
  const order: string[] = [];
  const keep = async (name: string, content: string) => {
    files.set(name, content);
    order.push(name);
  };
  const { analysis } = await analysisOf({ ...options, keep });
  return { analysis, files, order, index: indexIn(files) };
}

const indexIn = (files: ReadonlyMap<string, string>) =>
  AttemptsIndex.parse(JSON.parse(files.get('index.json') ?? 'null'));

const onlyPlaybook: Behaviour = ({ argv }, script) =>
  isRun(argv) && script !== PLAYBOOK ? { exitCode: 1, stderr: script } : { stdout: 'answers' };

const chatty: Behaviour = () => ({
  stdout: '\u001b[31mpassword=hunter2\u001b[0m',
  stderr: 'token: abcdef',
});

const fullDisk = () => Promise.reject(new Error('ENOSPC'));

const firstFails: Behaviour = ({ argv }, script) =>
  isRun(argv) && script.includes('awk')
    ? { exitCode: 2, stdout: 'half', stderr: 'tshark: no such field' }
    : { stdout: isRun(argv) ? 'answers' : '' };

describe('what an analysis keeps of its attempts', () => {
  it('is prompt, reply, script, output and exit code of each, in an index that a program can read', async () => {
    const model = createFakeModel([scripts.first, scripts.second, reportReply]);

    const { index, files, analysis } = await keptOf({ model, behaviour: firstFails });

    expect(index.attempts.map(({ name, role }) => `${name} ${role}`)).toEqual([
      '1 planner',
      '2 planner',
      'report-1 reporter',
    ]);
    const [first, second, report] = index.attempts;
    expect(first?.exchanges).toMatchObject([
      { system: 'PLANNER_SYSTEM', model: 'fake-model', prompt: 'prompt.md', reply: 'reply.txt', ms: 0 },
    ]);
    expect(first?.problem).not.toBeNull();
    expect(first?.commands.at(-1)).toMatchObject({ exitCode: 2, stderrTail: 'tshark: no such field' });
    expect(second).toMatchObject({ problem: null, script: 'script.sh' });
    expect(report?.exchanges[0]?.system).toBe('REPORTER_SYSTEM');
    expect(files.get('1/prompt.md')).toBe(model.requests[0]?.user);
    expect(files.get('1/reply.txt')).toBe(scripts.first);
    expect(files.get('1/stdout.txt')).toBe('half');
    expect(files.get('2/script.sh')).toBe(analysis.script);
    expect(files.get('2/stdout.txt')).toBe('answers');
    expect(index.finishedAt).not.toBeNull();
    expect(index.capture.sha256).toBe(analysis.capture.sha256);
  });

  it('counts the tokens of each exchange as the provider did', async () => {
    const { index } = await keptOf({ model: createFakeModel([scripts.first, reportReply]) });

    expect(index.attempts[0]?.exchanges[0]?.usage).toMatchObject({ inputTokens: 10, outputTokens: 5 });
  });

  it('gives the playbook an attempt of its own, after those of the planner that failed', async () => {
    const model = createFakeModel([scripts.first, scripts.second, scripts.third, reportReply]);

    const { index, files } = await keptOf({ model, behaviour: onlyPlaybook });

    expect(index.attempts.filter(({ role }) => role !== 'reporter').map(({ role }) => role)).toEqual([
      'planner',
      'planner',
      'planner',
      'playbook',
    ]);
    expect(files.get('4/script.sh')).toBe(PLAYBOOK);
  });

  it('says why a reply is missing, in our own words', async () => {
    const refusal = new CapwrightError('MODEL_REFUSED', 'The model refused.', 'Ask another.');

    const { index } = await keptOf({ model: createFakeModel([refusal]) });

    expect(index.attempts[0]?.exchanges[0]).toMatchObject({
      reply: null,
      problem: 'MODEL_REFUSED: The model refused.',
    });
    expect(index.attempts[1]).toMatchObject({ role: 'playbook', script: 'script.sh' });
  });

  it('is there at every moment: what was sent and what runs stands in the index before the answer comes', async () => {
    const files = new Map<string, string>();
    const seen: { asking: string[]; running: string[] } = { asking: [], running: [] };
    const replies = createFakeModel([scripts.first, reportReply]);
    const model = {
      name: 'fake-model',
      complete: (request: Parameters<typeof replies.complete>[0]) => {
        if (seen.asking.length === 0) seen.asking = [...files.keys()];
        return replies.complete(request);
      },
    };
    const behaviour: Behaviour = ({ argv }) => {
      if (isRun(argv)) seen.running = [...files.keys()];
      return { stdout: 'answers' };
    };

    await analysisOf({ model, behaviour, keep: async (name, content) => void files.set(name, content) });

    expect(seen.asking).toEqual(['1/prompt.md', 'index.json']);
    expect(seen.running).toContain('1/script.sh');
    expect(seen.running).toContain('1/reply.txt');
  });

  it('holds no password and no terminal escape that a script printed', async () => {
    const { files } = await keptOf({ behaviour: chatty });

    const all = [...files.values()].join('\n');
    expect(all).not.toContain('hunter2');
    expect(all).not.toContain('abcdef');
    expect(all).not.toContain('\u001b');
  });

  it('is bounded: what is too large is cut and named', async () => {
    const model = createFakeModel([`${scripts.first}${' '.repeat(3_000_000)}`, reportReply]);

    const { files, index } = await keptOf({ model });

    expect(files.get('1/reply.txt')?.length).toBe(1024 * 1024);
    expect(index.leftOut).toEqual([expect.stringContaining('1/reply.txt: cut after')]);
  });

  it('never costs the analysis: a disk that refuses everything leaves a note and one line in the log', async () => {
    const logged: string[] = [];

    const { analysis } = await analysisOf({
      keep: fullDisk,
      log: (level, message) => void (level === 'warn' && logged.push(message)),
    });

    expect(analysis.authorship.scriptSucceeded).toBe(true);
    expect(analysis.notes.join(' ')).toContain('were not all kept: the disk refused');
    expect(analysis.report).toContain('were not all kept: the disk refused');
    expect(logged).toEqual(['the record of an analysis could not be kept']);
  });
});
