import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createArtefacts } from '../../src/adapters/local-files/artefacts.ts';
import { createCaptureFiles } from '../../src/adapters/local-files/capture-files.ts';
import { createRunAnalysis } from '../../src/capture/run-analysis.ts';
import { createRunTaskAnalysis } from '../../src/capture/run-task-analysis.ts';
import { Analysis } from '../../src/domain/analysis.ts';
import type { CaptureFile } from '../../src/domain/capture-plan.ts';
import { CapwrightError } from '../../src/domain/errors.ts';
import type { Task } from '../../src/domain/task.ts';
import type { AnalyzeInput } from '../../src/forensics/analyze.ts';
import type { Progress } from '../../src/ports.ts';
import { packetsOf, pcap, pcapng } from '../adapters/local-files/capture-bytes.ts';
import { emptyAnalysis } from '../fakes/analysis.ts';
import { findingOf } from '../fakes/facts.ts';
import { quietCall } from '../fakes/orchestrator.ts';
import { eachStateDir } from '../fakes/state-dir.ts';
import { sampleTask } from '../fakes/task.ts';
import { fakePage } from '../fakes/report-page.ts';

const dir = eachStateDir();

const START = 1_790_000_000;
const instances = ['0', '1', '2'].map((id) => ({ id, name: `web_${id}` }));

/** A file as it was downloaded. */
function file(ordinal: number, instanceId: string | null, content: Buffer): CaptureFile {
  const path = createArtefacts(dir.path).capturePath('t', { ordinal, instanceId });
  writeFileSync(path, content);
  return {
    path,
    bytes: content.length,
    sha256: createHash('sha256').update(content).digest('hex'),
    blobUrl: 'https://acct/c',
    instanceId,
  };
}

const capture = (name: string, start = START): Buffer => pcap(packetsOf(name, 3, start));

function task(
  files: CaptureFile[],
  plan: Partial<Task['plan']>,
  missing: Task['plan']['instances'] = [],
): Task {
  const sample = sampleTask();
  return sampleTask({
    ...sample,
    state: 'analyzing',
    plan: { ...sample.plan, ...plan },
    files,
    missing,
  });
}
const scaleSet = { targetType: 'AzureVMSS', vmName: 'web', instances } as const;
const ring = { ring: { fileCount: 4, fileBytes: 1e6 } };

/** The real combining and keeping; the analysis itself says what it was given. */
function open(analyze: (input: AnalyzeInput, n: number) => Promise<Partial<Analysis>> = async () => ({})) {
  const analyzed: AnalyzeInput[] = [];
  const files = createCaptureFiles({ roots: [], maxBytes: 1e9 });
  const artefacts = createArtefacts(dir.path);
  const runAnalysis = createRunAnalysis({
    files,
    artefacts,
    page: fakePage,
    log: () => {},
    analyze: async (input, call) => {
      analyzed.push(input);
      call.progress({ fraction: 0.5, message: 'half' });
      call.progress({ fraction: null, message: 'somewhere' });
      const { bytes } = input.file;
      const sha256 = await input.file.sha256();
      const base = emptyAnalysis({ parts: [...(input.parts ?? [])] });
      return {
        ...base,
        capture: { ...base.capture, sha256, bytes },
        ...(await analyze(input, analyzed.length)),
      };
    },
  });
  const run = createRunTaskAnalysis({ files, artefacts, page: fakePage, runAnalysis, log: () => {} });
  return {
    analyzed,
    run: (subject: Task, call = quietCall, id = 't') =>
      run({ id, task: subject, context: null, llm: 'off' }, call),
  };
}

const gone = new CapwrightError('SANDBOX_UNAVAILABLE', 'Docker is not running.', 'Start it.');
const broke = new CapwrightError('SANDBOX_FAILED', 'The sandbox broke.', 'Again.');
const results = (id = 't'): string[] => readdirSync(join(dir.path, 'tasks', id)).toSorted();

describe('the ring of one machine', () => {
  it('is put together in order of time and analysed once, its files listed and left as they are', async () => {
    const { run, analyzed } = open();
    const parts = [file(1, null, capture('b', START + 9)), file(2, null, capture('a'))];

    const { analysis } = await run(task(parts, ring));

    expect(analyzed).toHaveLength(1);
    expect(analysis.parts.map(({ name, packets }) => [name, packets])).toEqual([
      ['t.2.cap', 3],
      ['t.1.cap', 3],
    ]);
    expect(analyzed[0]?.file.bytes).toBe(2 * capture('a').length - 24);
    expect(readFileSync(parts[0]?.path ?? '')).toEqual(capture('b', START + 9));
    expect(analysis.instances).toEqual([]);
    expect(results()).toEqual(['analysis.json', 'plan.sh', 'report.html', 'report.md']);
  });

  it('is analysed file by file where its files can not be one, and says why', async () => {
    const { run, analyzed } = open();
    const parts = [file(1, null, capture('a')), file(2, null, pcapng(packetsOf('b', 2, START)))];

    const { analysis } = await run(task(parts, ring));

    expect(analyzed).toHaveLength(2);
    expect(analysis.instances.map(({ name }) => name)).toEqual(['vm, file 1 of 2', 'vm, file 2 of 2']);
    expect(analysis.notes).toContainEqual(expect.stringContaining('differ in format'));
    expect(results()).toContain('vm-file-2.report.md');
  });

  it('of a single file is that file', async () => {
    const { run, analyzed } = open();
    const only = file(1, null, capture('a'));

    await run(task([only], ring));

    expect(analyzed[0]).toMatchObject({ file: { path: only.path }, parts: [] });
  });

  it('is told from one whose file was changed after it was downloaded', async () => {
    const parts = ['0', '1'].map((id, index) => file(index + 1, id, capture(id)));
    const rest = ['0', '1'].map((id, index) => file(index + 3, id, capture(id, START + 9)));
    const subject = task([...parts, ...rest], { ...scaleSet, ...ring });
    writeFileSync(parts[0]?.path ?? '', capture('changed'));

    const { analysis } = await open().run(subject);

    expect(analysis.notes.filter((note) => note.includes('not the file any more'))).toEqual([
      'web_0: t.1-0.cap is not the file any more that was downloaded.',
    ]);
  });

  it('fails as a single file does where none of its files is a capture', async () => {
    const parts = [file(1, null, Buffer.from('<html>')), file(2, null, Buffer.from('<html>'))];

    await expect(open().run(task(parts, ring))).rejects.toMatchObject({ code: 'NOT_A_CAPTURE' });
  });
});

const three = (): CaptureFile[] =>
  ['0', '1', '2'].map((id, index) => file(index + 1, id, capture(`host-${id}`)));

describe('a scale set', () => {
  it('is analysed machine by machine and reported as one, each with results of its own', async () => {
    const { run, analyzed } = open(async ({ file: { path } }) => ({
      findings: basename(path).includes('-1.') ? [{ ...findingOf(), instance: null }] : [],
    }));

    const { analysis, ref } = await run(task(three(), scaleSet));

    expect(analyzed.map(({ file: { path } }) => basename(path))).toEqual([
      't.1-0.cap',
      't.2-1.cap',
      't.3-2.cap',
    ]);
    expect(analysis.findings).toMatchObject([{ id: '1/F1', instance: 'web_1', frames: [11, 19, 35] }]);
    expect(analysis.instances).toMatchObject([
      { instanceId: '0', name: 'web_0', findingsTotal: 0, problem: null },
      { instanceId: '1', name: 'web_1', findingsTotal: 1 },
      { instanceId: '2', name: 'web_2', findingsTotal: 0 },
    ]);
    for (const { reportPath, analysisPath } of analysis.instances) {
      expect([existsSync(reportPath ?? ''), existsSync(analysisPath ?? '')]).toEqual([true, true]);
    }
    expect(Analysis.parse(JSON.parse(readFileSync(ref.analysisPath, 'utf8')))).toEqual(analysis);
    expect(basename(ref.reportPath)).toBe('report.md');
  });

  it('puts the ring of each instance together first, and never files of two instances', async () => {
    const { run, analyzed } = open();
    const files = ['0', '1', '0', '1'].map((id, index) => file(index + 1, id, capture(id, START + index)));

    const { analysis } = await run(task(files, { ...scaleSet, ...ring }));

    expect(analyzed.map(({ parts }) => parts?.map(({ name }) => name))).toEqual([
      ['t.1-0.cap', 't.3-0.cap'],
      ['t.2-1.cap', 't.4-1.cap'],
    ]);
    expect(analysis.instances.map(({ name }) => name)).toEqual(['web_0', 'web_1']);
  });

  it('keeps files apart that do not tell their instance', async () => {
    const { run, analyzed } = open();

    await run(task([file(1, null, capture('a')), file(2, null, capture('b'))], scaleSet));

    expect(analyzed).toHaveLength(2);
  });

  it('names the instances that are missing and those whose file is damaged, and reports the others', async () => {
    const files = [file(1, '0', capture('a')), file(2, '1', Buffer.from('no capture'))];
    const { analysis } = await open().run(task(files, scaleSet, instances.slice(2)));

    expect(analysis.instances.map(({ name, problem }) => [name, problem])).toEqual([
      ['web_0', null],
      ['web_1', expect.stringContaining('NOT_A_CAPTURE')],
      ['web_2', expect.stringContaining('no file')],
    ]);
    expect(analysis.report).toMatch(/## Executive Summary\s+\*\*No file came from 1 instance: web\\?_2/);
    expect(analysis.report).toContain('The analysis of 1 file failed');
  });

  it('fails with the first error where all instances fail', async () => {
    const { run } = open(async () => {
      throw new Error('bug');
    });

    await expect(run(task(three(), scaleSet))).rejects.toThrow('bug');
  });

  it('tries an instance once more whose sandbox broke', async () => {
    const { run, analyzed } = open(async (_, n) => {
      if (n === 2) throw broke;
      return {};
    });

    const { analysis } = await run(task(three(), scaleSet));

    expect(analyzed).toHaveLength(4);
    expect(analysis.instances.map(({ problem }) => problem)).toEqual([null, null, null]);
  });

  it('goes on after a kill where it was, but analyses anew what has changed', async () => {
    const files = three();
    const first = open(async (_, n) => {
      if (n === 3) throw gone;
      return {};
    });
    await expect(first.run(task(files, scaleSet))).rejects.toMatchObject({ code: 'SANDBOX_UNAVAILABLE' });
    expect(results()).not.toContain('report.md');
    writeFileSync(files[1]?.path ?? '', capture('other'));
    const second = open();

    const { analysis } = await second.run(task(files, scaleSet));

    expect(second.analyzed.map(({ file: { path } }) => path)).toEqual([files[1]?.path, files[2]?.path]);
    expect(analysis.instances).toHaveLength(3);
  });

  it('is analysed anew for another caller, into a folder of its own', async () => {
    const files = three();
    await open().run(task(files, scaleSet));
    const again = open();

    await again.run(task(files, scaleSet), quietCall, 'another');

    expect(again.analyzed).toHaveLength(3);
    expect(results('another')).toEqual(results());
  });

  it('shows progress over all of it that only grows', async () => {
    const told: Progress[] = [];
    await open().run(task(three(), scaleSet), {
      signal: quietCall.signal,
      progress: (progress) => told.push(progress),
    });

    const fractions = told.map(({ fraction }) => fraction ?? Number.NaN);
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
    expect(fractions.at(-1)).toBeGreaterThan(0.8);
    expect(fractions.every((fraction) => fraction >= 0 && fraction <= 1)).toBe(true);
    expect(told.at(-1)?.message).toBe('web_2 (3 of 3): somewhere');
  });

  it('stops at once when it is discarded, and leaves no common report', async () => {
    const stop = new AbortController();
    const { run, analyzed } = open(async (_, n) => {
      if (n === 2) stop.abort();
      return {};
    });

    await expect(run(task(three(), scaleSet), { ...quietCall, signal: stop.signal })).rejects.toMatchObject({
      name: 'AbortError',
    });

    expect(analyzed).toHaveLength(2);
    expect(results()).toEqual([
      'instance-0.analysis.json',
      'instance-0.plan.sh',
      'instance-0.report.html',
      'instance-0.report.md',
    ]);
  });
});
