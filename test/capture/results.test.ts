import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createArtefacts } from '../../src/adapters/local-files/artefacts.ts';
import { createResults } from '../../src/capture/results.ts';
import { saveAnalysis } from '../../src/capture/run-analysis.ts';
import { RESULTS, type ResultName } from '../../src/domain/results.ts';
import { emptyAnalysis } from '../fakes/analysis.ts';
import { fakePage } from '../fakes/report-page.ts';
import { eachStateDir } from '../fakes/state-dir.ts';
import { sampleTask } from '../fakes/task.ts';
import { completedTaskView } from '../fakes/use-cases.ts';

const dir = eachStateDir();
const ID = 'f00d';

const noTask = () => Promise.reject(new Error('there is no task'));
const completed = () => Promise.resolve(completedTaskView());

/** What an analysis without a task, as of analyze_pcap, has left behind. */
async function left(page = fakePage) {
  const artefacts = createArtefacts(dir.path);
  const analysis = emptyAnalysis({ report: '# Report\n', script: 'echo 1\n' });
  await saveAnalysis({ artefacts, page, log: () => {} }, ID, analysis);
  await artefacts.keep(ID, '1/stdout.txt', 'answers');
  await artefacts.keep(ID, 'index.json', JSON.stringify(INDEX));
  const store = {
    get: () => Promise.resolve(null),
    page: () => Promise.resolve({ tasks: [], unreadable: [], cursor: null }),
    journal: () => Promise.resolve([]),
  };
  return { artefacts, results: createResults({ store, artefacts, viewTask: noTask }) };
}

const INDEX = {
  schemaVersion: '1',
  startedAt: '2026-11-23T00:00:00.000Z',
  finishedAt: null,
  capture: { path: '/captures/a.cap', bytes: 24, sha256: null },
  engine: 'docker',
  tshark: 'TShark 4.4.9',
  attempts: [
    {
      name: '1',
      role: 'playbook',
      startedAt: '2026-11-23T00:00:00.000Z',
      exchanges: [],
      script: null,
      commands: [
        {
          command: '/bin/bash /workspace/plan.sh',
          exitCode: 0,
          outcome: 'exit',
          ms: 5,
          stdoutBytes: 7,
          truncated: false,
          stderrTail: '',
          stdout: 'stdout.txt',
          stderr: null,
        },
      ],
      problem: null,
    },
  ],
  claimCheck: null,
  leftOut: [],
};

describe('the results of a task', () => {
  it('begin with its state, without the analysis, and have an audit of a line for each transition', async () => {
    const task = sampleTask({ id: ID });
    const row = { task, owner: null, fence: 1, wish: null };
    const store = {
      get: (id: string) => Promise.resolve(id === ID ? row : null),
      page: () => Promise.resolve({ tasks: [task], unreadable: [], cursor: null }),
      journal: () =>
        Promise.resolve([{ taskId: ID, seq: 1, at: 0, event: { type: 'accepted' as const }, task }]),
    };
    const results = createResults({ store, artefacts: createArtefacts(dir.path), viewTask: completed });

    const overview = JSON.parse((await results.overview(ID)).text);
    const { text, mimeType } = await results.read(ID, 'audit');

    expect(overview.task.state).toBe('completed');
    expect(overview.task.analysis).toBeUndefined();
    expect(overview.results).toMatchObject([{ uri: `capwright://tasks/${ID}/audit` }]);
    expect(mimeType).toBe('application/x-ndjson');
    expect(text).toBe(
      `{"task_id":"${ID}","seq":1,"at":"1970-01-01T00:00:00.000Z","state":"requested","event":{"type":"accepted"}}\n`,
    );
    expect(await results.ids('f0')).toEqual([ID]);
    expect(await results.ids('x')).toEqual([]);
  });
});

describe('the results of an analysis without a task', () => {
  it('are named by its overview, with their files', async () => {
    const { results } = await left();

    const { text } = await results.overview(ID);

    const overview = JSON.parse(text);
    expect(overview.task).toBeNull();
    expect(overview.results.map(({ uri }: { uri: string }) => uri)).toEqual(
      ['report.md', 'report.html', 'facts.json', 'analysis.json', 'script', 'commands', 'attempts'].map(
        (name) => `capwright://tasks/${ID}/${name}`,
      ),
    );
    expect(overview.files.map(({ name }: { name: string }) => name)).toContain('attempts/1/stdout.txt');
  });

  it('are read as they were kept', async () => {
    const { results } = await left();

    expect(await results.read(ID, 'report.md')).toEqual({ mimeType: 'text/markdown', text: '# Report\n' });
    expect((await results.read(ID, 'script')).text).toBe('echo 1\n');
    expect(JSON.parse((await results.read(ID, 'analysis.json')).text)).toEqual(
      emptyAnalysis({ report: '# Report\n', script: 'echo 1\n' }),
    );
    const facts = JSON.parse((await results.read(ID, 'facts.json')).text);
    expect(facts).toMatchObject({ capture: { packets: 0 }, conversations: [] });
    expect(facts.report).toBeUndefined();
    expect(JSON.parse((await results.read(ID, 'commands')).text)).toEqual({ commands: [], results: [] });
    expect((await results.readAttempt(ID, '1', 'stdout.txt')).text).toBe('answers');
  });

  it('name the address of each file that an attempt kept', async () => {
    const { results } = await left();

    const { analyses } = JSON.parse((await results.read(ID, 'attempts')).text);

    expect(analyses).toMatchObject([
      {
        machine: null,
        attempts: [{ commands: [{ stdout: `capwright://tasks/${ID}/attempts/1/stdout.txt` }] }],
      },
    ]);
    expect(await results.attempts(ID)).toEqual(['1']);
    expect(await results.attempts(ID, '1')).toEqual(['stdout.txt']);
  });

  it('tell the machines of a scale set apart', async () => {
    const { results, artefacts } = await left();
    await artefacts.keep(ID, 'instance-0.index.json', JSON.stringify(INDEX));

    const { analyses } = JSON.parse((await results.read(ID, 'attempts')).text);

    expect(analyses).toMatchObject([
      { machine: null },
      {
        machine: 'instance-0',
        attempts: [{ commands: [{ stdout: `capwright://tasks/${ID}/attempts/instance-0.1/stdout.txt` }] }],
      },
    ]);
  });

  it.each(Object.keys(RESULTS) as ResultName[])('are never those of an unknown id: %s', async (name) => {
    const { results } = await left();

    await expect(results.read('beef', name)).rejects.toMatchObject({ code: 'UNKNOWN_TASK' });
  });

  it.each(['audit', 'report.html'] as const)('say that there is no %s', async (name) => {
    const { results } = await left({ render: () => Promise.reject(new Error('can not draw')) });

    await expect(results.read(ID, name)).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
      next: expect.stringContaining(`capwright://tasks/${ID}`),
    });
  });

  it.each([
    ['..', 'report.md'],
    [`../tasks/${ID}`, 'report.md'],
    ['.', 'report.md'],
    ['', 'report.md'],
    [`${ID}/attempts`, 'report.md'],
    ['%2e%2e', 'report.md'],
  ] as const)('are not found by the way %j', async (id, name) => {
    const { results } = await left();

    await expect(results.read(id, name)).rejects.toMatchObject({ code: 'UNKNOWN_TASK' });
  });

  it.each([
    ['..', 'analysis.json'],
    ['1', '../../analysis.json'],
    ['1', '..'],
    ['.', 'index.json'],
    ['1', 'stdout.txt/'],
    ['', 'capwright.db'],
  ])('are the only files that an attempt gives: %j and %j are none', async (attempt, file) => {
    const { results } = await left();
    writeFileSync(join(dir.path, 'capwright.db'), 'secret');

    await expect(results.readAttempt(ID, attempt, file)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    await expect(results.readPage(ID, `attempts/${attempt}/${file}`, 1)).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
    });
  });

  it('are given in pages where they are too large to be sent whole', async () => {
    const { results, artefacts } = await left();
    const text = Array.from({ length: 150_000 }, (_, line) => `line ${line}`).join('\n');
    await artefacts.save(ID, 'report.md', text);

    await expect(results.read(ID, 'report.md')).rejects.toMatchObject({
      code: 'FILE_TOO_LARGE',
      message: expect.stringContaining(join(dir.path, 'tasks', ID, 'report.md')),
      next: expect.stringContaining(`capwright://tasks/${ID}/page/1/report.md`),
    });

    const pages: string[] = [];
    for (let page = 1; pages.join('').length < text.length; page += 1) {
      pages.push((await results.readPage(ID, 'report.md', page)).text);
    }
    expect(pages.join('')).toBe(text);
    await expect(results.readPage(ID, 'report.md', pages.length + 1)).rejects.toMatchObject({
      message: `report.md has ${pages.length} pages.`,
    });
    await expect(results.readPage(ID, 'report.md', 0)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
  });
});
