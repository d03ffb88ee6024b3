import { describe, expect, it } from 'vitest';
import { FINDING_KINDS } from '../../src/domain/finding-kinds.ts';
import { NO_USAGE } from '../../src/domain/model-usage.ts';
import { ADVICE, adviceFor } from '../../src/domain/recommendations.ts';
import { REPORT_SECTIONS, renderReport } from '../../src/domain/report.ts';
import { NO_VERIFICATION } from '../../src/domain/verification.ts';
import type { ReportInput } from '../../src/domain/report-input.ts';
import { factsOf, findingOf } from '../fakes/facts.ts';

function inputOf(changes: Partial<ReportInput> = {}): ReportInput {
  return {
    facts: factsOf(),
    parts: [],
    findings: [findingOf()],
    script: '#!/usr/bin/env bash\nset -euo pipefail\necho hello\n',
    results: [
      { attempt: 1, command: 'chmod +x plan.sh', stdout: '', stderr: '', exitCode: 0, isError: false },
      {
        attempt: 1,
        command: '/bin/bash plan.sh',
        stdout: 'hello\n',
        stderr: '',
        exitCode: 0,
        isError: false,
      },
    ],
    commands: [
      {
        step: 'measure',
        command: "tshark -n -Y 'a || b'",
        exitCode: 0,
        outcome: 'exit',
        durationMs: 312,
        stdoutBytes: 2_048,
        truncated: true,
      },
    ],
    authorship: {
      planner: 'built-in playbook',
      reporter: 'built-in reporter',
      attempts: 1,
      scriptSucceeded: true,
      note: null,
    },
    builtInBecause: 'no model configured',
    sandbox: 'docker 28',
    lacks: ["It shares the host's kernel."],
    tsharkVersion: 'TShark 4.4.9',
    partial: null,
    context: null,
    usage: NO_USAGE,
    verification: NO_VERIFICATION,
    privacy: 'full',
    prose: null,
    ...changes,
  };
}

const headings = (report: string) => [...report.matchAll(/^## (.*)$/gm)].map((match) => match[1]);
const section = (report: string, name: string) => report.split(`## ${name}\n`)[1]?.split(/^## /m)[0] ?? '';

const hostile = [
  '## Recommendations\n\nAll is well',
  '```',
  '<script>alert(1)</script>',
  '![x](https://evil.example/x.png)',
  '\u001b]0;owned\u0007',
  '| a | b |\n',
].join('\n');

describe('a report on a capture that was put together', () => {
  it('lists its files in order with their hashes, and what was left out of them', () => {
    const part = {
      name: 't.1.cap',
      bytes: 2_048,
      sha256: '1'.repeat(64),
      packets: 3,
      firstPacketAt: '2026-01-02T03:04:05.000Z',
      lastPacketAt: null,
      leftOutBytes: 0,
    };
    const report = renderReport(inputOf({ parts: [part, { ...part, name: 't.2.cap', leftOutBytes: 7 }] }));

    expect(report).toContain('their hashes are the chain of custody');
    expect(report).toContain(
      `| \`t.1.cap\` | 2.0 KiB | \`${'1'.repeat(64)}\` | 3 | 2026-01-02T03:04:05.000Z | – | none |`,
    );
    expect(report).toMatch(/`t\.2\.cap`.*7 bytes behind the last whole record/);
    expect(renderReport(inputOf())).not.toContain('chain of custody');
  });
});

describe('the report', () => {
  it('has the 8 sections in their order', () => {
    expect(headings(renderReport(inputOf()))).toEqual([...REPORT_SECTIONS]);
  });

  it('has them for a capture with nothing in it', () => {
    const empty = factsOf({ conversations: [], endpoints: [], protocols: [] });

    const report = renderReport(
      inputOf({ facts: empty, findings: [], results: [], commands: [], script: '' }),
    );

    expect(headings(report)).toEqual([...REPORT_SECTIONS]);
  });

  it('keeps them, and carries nothing alive, whatever packets and models say', () => {
    const facts = factsOf({ notes: [hostile] });
    for (const talk of facts.conversations) talk.a = hostile;
    facts.dns.rcodes = { [hostile]: 2 };
    const finding = findingOf({ title: hostile, explanation: hostile, filter: hostile, actor: [hostile] });
    const remark = { findingIds: ['F1'], commandIds: [], text: hostile };

    const report = renderReport(
      inputOf({
        facts,
        findings: [finding, findingOf({ id: 'F2', severity: 'low', title: hostile })],
        context: hostile,
        results: [{ attempt: 1, command: hostile, stdout: hostile, stderr: '', exitCode: 0, isError: false }],
        script: hostile,
        prose: {
          executiveSummary: hostile,
          notableFindings: [remark, { findingIds: [], commandIds: [], text: hostile }],
          recommendations: [remark],
        },
      }),
    );

    const outsideCode = report.replace(/^(`{3,})\w*\n[\s\S]*?\n\1$/gm, '');
    expect(headings(report)).toEqual([...REPORT_SECTIONS]);
    expect(headings(outsideCode)).toEqual([...REPORT_SECTIONS]);
    expect(report).not.toContain('<script');
    expect(report).not.toContain('\u001b');
    const outsideSpans = outsideCode.replace(/(`+)(?!`)[^\n]*?[^`]\1(?!`)/g, '');
    expect(outsideSpans).not.toMatch(/!\[|\]\(|https:/);
  });

  it('shows a finding with its severity, count, frames, filter, explanation and alternatives', () => {
    const notable = section(renderReport(inputOf()), 'Notable Findings');

    expect(notable).toContain('### F1 · high · SYNs to 10.0.0.9 port 5432 stay unanswered');
    expect(notable).toContain('6 unanswered SYN segments');
    expect(notable).toContain('Frames: 11, 19, 35');
    expect(notable).toContain('`tcp.flags.syn==1 && tcp.flags.ack==0 && ip.dst==10.0.0.9`');
    expect(notable).toContain('Six SYN segments got no answer at all.');
    expect(notable).toContain('Could also be: The server is down.');
  });

  it('names the built-in reporter and why it writes', () => {
    const report = renderReport(inputOf());

    const line = "ritten by Capwright's built-in reporter, no model configured";
    expect(section(report, 'Executive Summary')).toContain(line);
    expect(section(report, 'Notable Findings')).toContain(line);
  });

  it('recommends a concrete step for the hosts and ports of the finding, marked as advice', () => {
    const advice = section(renderReport(inputOf()), 'Recommendations');

    expect(advice).toContain('Advice, not measurement');
    expect(advice).toMatch(/\*\*F1\*\*: .*10\.0\.0\.9 port 5432.*test-ip-flow.*10\.0\.0\.4/);
  });

  it('states what was looked at where nothing was found', () => {
    const cut = factsOf();
    cut.capture.snappedPackets = 7;
    cut.notes.push('Measured only the first minute.');

    const notable = section(renderReport(inputOf({ facts: cut, findings: [] })), 'Notable Findings');

    expect(notable).toContain('Nothing of medium or higher severity was found');
    expect(notable).toContain('240 packets, 12.5 s of traffic');
    expect(notable).toContain('7 of them recorded only in part');
    expect(notable).toContain('Measured only the first minute;');
  });

  it('lists findings below medium in brief', () => {
    const notable = section(
      renderReport(inputOf({ findings: [findingOf({ severity: 'low' })] })),
      'Notable Findings',
    );

    expect(notable).toContain('### Also seen');
    expect(notable).toMatch(/\| F1 \| low \|/);
  });

  it('logs every command with exit code, time and whether its output was cut', () => {
    const log = section(renderReport(inputOf()), 'Command Log');

    expect(log).toContain(
      String.raw`| C1 | measure | ${'`'}tshark -n -Y 'a \|\| b'${'`'} | 0 | 0.31 s | 2.0 KiB, cut |`,
    );
    expect(log).toContain('### Script output (attempt 1, exit code 0)');
  });
});

describe('a report with a model', () => {
  const prose = {
    executiveSummary: 'The database does not answer.',
    notableFindings: [],
    recommendations: [],
  };
  const authorship = { ...inputOf().authorship, reporter: 'some-model' };

  it('shows every finding of medium or worse although the model left it out', () => {
    const report = renderReport(inputOf({ prose, authorship, builtInBecause: null }));

    expect(section(report, 'Executive Summary')).toContain('The database does not answer.');
    expect(section(report, 'Executive Summary')).toContain('summary written by some-model');
    expect(section(report, 'Notable Findings')).toContain('### F1 · high');
    expect(section(report, 'Recommendations')).toContain('**F1**');
  });

  it('puts remarks under the finding that they cite, without touching its severity', () => {
    const remark = { findingIds: ['F1'], commandIds: [], text: 'This is critical: the firewall drops it.' };

    const report = renderReport(inputOf({ prose: { ...prose, notableFindings: [remark] }, authorship }));

    expect(section(report, 'Notable Findings')).toMatch(/### F1 · high[^]*Model: This is critical/);
  });

  it('strikes remarks about findings that do not exist, and says so', () => {
    const invented = { findingIds: ['F1', 'F77'], commandIds: [], text: 'A Cobalt Strike beacon.' };

    const report = renderReport(inputOf({ prose: { ...prose, notableFindings: [invented] }, authorship }));

    expect(report).not.toContain('Cobalt');
    expect(report).toContain('struck because they cite findings that do not exist: 1.');
  });

  it('keeps remarks without a finding apart', () => {
    const free = { findingIds: [], commandIds: [], text: 'The clock of one host is off.' };

    const report = renderReport(inputOf({ prose: { ...prose, notableFindings: [free] }, authorship }));

    expect(report).toMatch(/rest on no measured finding[^]*The clock of one host/);
  });
});

describe('advice', () => {
  it.each(Object.keys(ADVICE))('exists for %s and leaves no placeholder open', (name) => {
    const kind = Object.keys(FINDING_KINDS).find((known): known is keyof typeof ADVICE => known === name);
    if (kind === undefined) throw new Error(`${name} is no kind of finding`);

    const advice = adviceFor(findingOf({ kind, actor: [], target: [], ports: [] }));

    expect(advice.length).toBeGreaterThan(30);
    expect(advice).not.toMatch(/[{}]/);
  });
});
