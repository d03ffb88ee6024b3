import { describe, expect, it } from 'vitest';
import { type Analysis, NO_PLANNER } from '../../src/domain/analysis.ts';
import type { Finding } from '../../src/domain/finding.ts';
import { mergeAnalyses } from '../../src/domain/merged-analysis.ts';
import type { AnalyzedUnit, MergedInput } from '../../src/domain/merged-input.ts';
import { renderMergedReport } from '../../src/domain/merged-report.ts';
import { REPORT_SECTIONS } from '../../src/domain/report.ts';
import { emptyAnalysis } from '../fakes/analysis.ts';
import { factsOf, findingOf } from '../fakes/facts.ts';

function unit(id: string, findings: Finding[], change: Partial<Analysis> = {}): AnalyzedUnit {
  const facts = factsOf();
  return {
    key: id,
    instance: { id, name: `web-${id}` },
    label: `web-${id}`,
    analysis: emptyAnalysis({
      ...facts,
      capture: { ...facts.capture, sha256: id.repeat(64) },
      findings: findings.map((finding) => ({ ...finding, instance: null })),
      ...change,
    }),
    reportPath: `/state/tasks/t/instance-${id}.report.md`,
    analysisPath: `/state/tasks/t/instance-${id}.analysis.json`,
  };
}

const timeout = findingOf();
const scan = findingOf({
  kind: 'port_scan',
  title: 'Port scan',
  severity: 'medium',
  frames: [7],
  filter: 'tcp',
});
const hint = findingOf({ kind: 'open_ports', title: 'Open ports', severity: 'low' });

function input(change: Partial<MergedInput> = {}): MergedInput {
  return {
    target: 'web',
    context: null,
    units: [unit('0', [timeout, scan]), unit('1', [scan]), unit('2', [scan, hint])],
    failed: [],
    missing: [],
    notes: [],
    ...change,
  };
}

const section = (report: string, name: string): string =>
  new RegExp(`^## ${name}\n([\\s\\S]*?)(?=^## |$(?![\\s\\S]))`, 'm').exec(report)?.[1] ?? '';

const summaryOf = (change: Partial<MergedInput>): string =>
  section(renderMergedReport(input(change)), 'Executive Summary');

describe('a report over several instances', () => {
  it('has the 8 sections of every report, in their order', () => {
    const headings = [...renderMergedReport(input()).matchAll(/^## (.*)$/gm)].map((match) => match[1]);

    expect(headings).toEqual([...REPORT_SECTIONS]);
  });

  it('says of each kind of finding which instances show it and which do not', () => {
    const findings = section(renderMergedReport(input()), 'Notable Findings');

    expect(findings).toContain('| `tcp_connect_timeout` | high | 1 | 1 of 3: web-0 | web-1, web-2 |');
    expect(findings).toContain('| `port_scan` | medium | 3 | 3 of 3: web-0, web-1, web-2 | – |');
    expect(findings).toContain('Shown by web-0; not by web-1, web-2.');
    expect(findings).toContain('Shown by all: web-0, web-1, web-2.');
  });

  it('speaks of all only where there are several', () => {
    expect(summaryOf({})).toContain('`port_scan` at all (web-0, web-1, web-2): ');
    expect(summaryOf({ units: [unit('0', [scan])], missing: [{ id: '3', name: 'web-3' }] })).toContain(
      '`port_scan` at web-0: ',
    );
  });

  it('keeps the evidence of each finding, with the instance in whose file it holds', () => {
    const findings = section(renderMergedReport(input()), 'Notable Findings');
    const block = findings.slice(findings.indexOf('#### 1/F1'));

    expect(block).toMatch(/^#### 1\/F1 · medium · Port scan\n\n- Seen at: web-1, frames of `1{64}`\n/);
    expect(block.split('####')[1]).toContain('- Frames: 7\n- Proof: `tcp`');
  });

  it('opens with the instances that delivered nothing and those that could not be analysed', () => {
    const failure = { code: 'NOT_A_CAPTURE', message: 'The file is empty.', next: 'x' } as const;
    const gone = { id: '3', name: 'web-3' };
    const broken = { key: '4', instance: { id: '4', name: 'web-4' }, label: 'web-4', failure };
    const report = renderMergedReport(input({ missing: [gone], failed: [broken] }));

    const summary = section(report, 'Executive Summary').trim();
    expect(summary.startsWith('**No file came from 1 instance: web-3.**')).toBe(true);
    expect(summary).toContain('neither that they are healthy nor that they are not');
    expect(summary).toContain('**The analysis of 1 file failed:** web-4 (The file is empty.)');
    expect(summary).toContain('web: 3 of 5 instances analysed');
    const overview = section(report, 'Capture Overview');
    expect(overview).toMatch(/\| 3 \| web-3 \| \*\*no file\*\* \|.* missing \|/);
    expect(overview).toMatch(/\| 4 \| web-4 \|.*\*\*not analysed\*\*: The file is empty\. \|/);
    expect(section(report, 'Notable Findings')).toContain('Not known for web-4, web-3');
    expect(section(report, 'Recommendations')).toContain('Look at web-3 first');
  });

  it('shows hash, packets and duration of each, and whose row is whose', () => {
    const report = renderMergedReport(input());

    expect(section(report, 'Capture Overview')).toContain(
      `| 1 | web-1 | pcap, 12.1 KiB | \`${'1'.repeat(64)}\` | 240 | 12.5 s |`,
    );
    expect(section(report, 'Conversations')).toMatch(/\| web-2 \| 10\.0\.0\.4 \| 10\.0\.0\.9 \| 240 \|/);
    expect(section(report, 'Endpoints')).toMatch(/\| web-0 \| 10\.0\.0\.4 \| – \| – \| – \| 240 \|/);
    expect(section(report, 'Protocol Distribution')).toContain(
      '| `eth:ip:tcp` | 720 | 100.0 % | 289.4 KiB | 100.0 % | 3 of 3 |',
    );
    expect(section(report, 'Command Log')).toContain('### web-1');
  });

  it('says so where nothing was found, and of how many', () => {
    const report = renderMergedReport(input({ units: [unit('0', []), unit('1', [])] }));

    expect(section(report, 'Notable Findings')).toContain('Nothing was found in 2 instances.');
  });

  it('speaks of files where there are no instances', () => {
    const files = input().units.map((one) => ({ ...one, instance: null }));

    expect(renderMergedReport(input({ units: files }))).toContain('web: 3 of 3 files analysed');
  });

  it('stays bounded, and readable Markdown, whatever names and however many there are', () => {
    const evil = '](javascript:alert(1)) | <script>\n## Executive Summary';
    const units = Array.from({ length: 400 }, (_, index) => ({
      ...unit(
        String(index % 10),
        Array.from({ length: 30 }, () => ({ ...timeout, title: evil })),
      ),
      key: String(index),
      label: `${evil}${index}`,
      instance: { id: String(index), name: `${evil}${index}` },
    }));

    const report = renderMergedReport(input({ units, target: evil, notes: [evil] }));

    expect(report.length).toBeLessThan(400_000);
    expect(report).not.toMatch(/<script|javascript:/);
    expect(report.match(/^## /gm)).toHaveLength(8);
  });
});

describe('an analysis over several', () => {
  it('sums what can be summed and leaves out what can not', () => {
    const { capture, tcp, dns, instances } = mergeAnalyses(input());

    expect(capture).toMatchObject({ sha256: '', packets: 720, bytes: 37_035, durationSeconds: 12.5 });
    expect(tcp).toMatchObject({ connections: 36, medianHandshakeMs: null });
    expect(dns).toMatchObject({ queries: 12, rcodes: { 'No error': 9 }, medianLatencyMs: null });
    expect(instances.map(({ instanceId, packets }) => [instanceId, packets])).toEqual([
      ['0', 240],
      ['1', 240],
      ['2', 240],
    ]);
  });

  it('spans from the first packet of any file to the last of any', () => {
    const late = factsOf().capture;
    const capture = {
      ...late,
      firstPacketAt: '2026-01-02T03:05:05.000Z',
      lastPacketAt: '2026-01-02T03:05:10.000Z',
    };

    const merged = mergeAnalyses(input({ units: [unit('0', []), unit('1', [], { capture })] }));

    expect(merged.capture).toMatchObject({
      firstPacketAt: '2026-01-02T03:04:05.000Z',
      lastPacketAt: '2026-01-02T03:05:10.000Z',
      durationSeconds: 65,
    });
  });

  it('puts the most severe first and then takes kinds and instances in turn', () => {
    const many = [timeout, { ...timeout, id: 'F2' }, { ...scan, id: 'F3', severity: 'high' as const }];

    const { findings } = mergeAnalyses(input({ units: [unit('0', many), unit('1', [timeout])] }));

    expect(findings.map(({ id }) => id)).toEqual(['0/F1', '0/F3', '1/F1', '0/F2']);
  });
});

const held = (lacks: string[]) => ({
  sandbox: 'Docker 28',
  isolation: { engine: 'docker', lacks } as const,
});

describe('a report over several of which some were only partly analysed', () => {
  const partial = 'There is no sandbox. Run: npm run setup';
  const authorship = { ...emptyAnalysis().authorship, planner: NO_PLANNER };

  it('opens with what was not looked at, once where it holds for all', () => {
    const units = ['0', '1'].map((id) => unit(id, [scan], { partial, authorship }));

    expect(summaryOf({ units }).trim()).toMatch(/^\*\*Partial analysis\.\*\* There is no sandbox\./);
    expect(summaryOf({ units }).split('There is no sandbox').length).toBe(2);
    expect(mergeAnalyses(input({ units })).partial).toBe(partial);
    expect(section(renderMergedReport(input({ units })), 'Command Log')).toContain('No command was run');
  });

  it('names those that it holds for, and whose commands are missing', () => {
    const units = [unit('0', [scan], { partial, authorship }), unit('1', [scan])];

    expect(mergeAnalyses(input({ units })).partial).toBe(`web-0: ${partial}`);
    const log = section(renderMergedReport(input({ units })), 'Command Log');
    expect(log).toContain('### web-1');
    expect(log).toContain('No command ran on web-0');
  });

  it('says which isolation the files were read in, and all that any of them lacks, once', () => {
    const units = [unit('0', [], held(['One kernel.'])), unit('1', [], held(['One kernel.', 'Memory.']))];

    expect(section(renderMergedReport(input({ units })), 'Capture Overview')).toContain(
      'Read with Docker 28. That isolation lacks: One kernel. Memory. Each instance',
    );
    expect(mergeAnalyses(input({ units })).isolation).toEqual({
      engine: 'docker',
      lacks: ['One kernel.', 'Memory.'],
    });
  });

  it('says nothing of the kind where all were analysed whole', () => {
    expect(renderMergedReport(input())).not.toContain('Partial analysis');
    expect(mergeAnalyses(input()).partial).toBeNull();
  });
});
