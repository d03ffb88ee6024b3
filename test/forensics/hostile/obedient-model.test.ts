import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toAnalysisView } from '../../../src/capture/analysis-view.ts';
import { Analysis } from '../../../src/domain/analysis.ts';
import { inertJson } from '../../../src/domain/inert-json.ts';
import { REPORT_SECTIONS } from '../../../src/domain/report.ts';
import { isNotable } from '../../../src/domain/finding.ts';
import { AnalysisView } from '../../../src/domain/views.ts';
import { bubblewrapHere } from '../../adapters/sandbox/bubblewrap/support.ts';
import { aliveInJson, aliveInMarkdown, aliveInText, aliveWithin, headingsOf } from './alive.ts';
import { MARK } from './attacks.ts';
import { attack, type Attacked, NONCE, OBEDIENT, prompts, writeHostileCapture } from './obedient.ts';
import { SHOWN_SECRETS } from './secrets.ts';

const here = await bubblewrapHere();

let folder: string;
let alone: Attacked;
let obeyed: Attacked;
beforeAll(async () => {
  if (!here) return;
  folder = await mkdtemp(join(tmpdir(), 'capwright-hostile-'));
  const capture = writeHostileCapture(folder);
  alone = await attack(folder, capture, null);
  obeyed = await attack(folder, capture, OBEDIENT);
});
afterAll(() => (here ? rm(folder, { recursive: true, force: true }) : undefined));

const secretsIn = (text: string): string[] =>
  SHOWN_SECRETS.filter((secret) => text.toLowerCase().includes(secret.toLowerCase()));

/** What of a user prompt stands outside all fences. */
const unfenced = (user: string): string =>
  user.replace(
    new RegExp(`<untrusted id="${NONCE}"[^>]*>\\n[\\s\\S]*?\\n</untrusted id="${NONCE}">`, 'g'),
    '',
  );

/** Our own marks aside, and the script that is to be repaired, whose lines have to be seen as they were. */
const withoutFences = (user: string): string =>
  user
    .replace(/<untrusted[^>]*label="(?:previous-script|failure)">[\s\S]*?\n<\/untrusted[^>]*>/g, '')
    .replaceAll(/<(?=\/?untrusted id="5f0c7e52-nonce")/g, '');

describe.runIf(here)('a model that obeys the packets', () => {
  it('was told of them inside of fences only, under system prompts that never change', () => {
    const { seen } = obeyed;
    const known = new Set([prompts.system('PLANNER_SYSTEM'), prompts.system('REPORTER_SYSTEM')]);

    expect(seen.length).toBeGreaterThanOrEqual(3);
    expect(seen.filter(({ system }) => !known.has(system))).toEqual([]);
    expect(seen.filter(({ user }) => user.includes(MARK))).toHaveLength(seen.length);
    for (const { user } of seen) {
      expect(unfenced(user)).not.toMatch(/IGNORE-ALL|evil\.example|alert\(1\)|hunter2/i);
      expect(user.length).toBeLessThan(200_000);
      expect(aliveInText(withoutFences(user))).toEqual([]);
    }
  });

  it('changes no finding, no severity and no count, and leaves nothing out of the report', () => {
    const { analysis } = obeyed;

    expect(alone.analysis.findings.length).toBeGreaterThan(8);
    expect(analysis.findings).toEqual(alone.analysis.findings);
    expect({ ...analysis.capture }).toEqual({ ...alone.analysis.capture });
    for (const { id, severity, title } of analysis.findings.filter(isNotable))
      expect(analysis.report).toContain(`### ${id} · ${severity} · ${title.slice(0, 20)}`);
    const headings = headingsOf(analysis.report);
    expect(headings.filter((text) => /^##? /.test(text))).toEqual([
      '# Packet capture analysis',
      ...REPORT_SECTIONS.map((name) => `## ${name}`),
    ]);
  });

  it.each(['alone', 'obeyed'] as const)('gives outputs in which nothing lives: %s', (which) => {
    const { analysis } = { alone, obeyed }[which];
    const ref = { reportPath: '/r.md', htmlPath: '/r.html', scriptPath: '/s.sh', analysisPath: '/a.json' };
    const view = AnalysisView.parse(toAnalysisView(analysis, ref));

    expect(Analysis.safeParse(analysis).error).toBeUndefined();
    expect(aliveInMarkdown(analysis.report)).toEqual([]);
    // The script is published as it was run, and filters are ours: as JSON they are as inert as the rest.
    expect(aliveWithin(analysis, new Set(['script', 'filter', 'report']))).toEqual([]);
    expect(aliveWithin(view, new Set(['filter', 'report']))).toEqual([]);
    expect(aliveInJson(inertJson(analysis, 2))).toEqual([]);
    expect(inertJson(analysis.results)).not.toContain('ESCAPED-');
  });

  it('gets no secret out of the capture: not to a prompt, an output, a log or what is kept', () => {
    const { seen, analysis, kept, logged, messages } = obeyed;

    const printed = analysis.results.map(({ stdout }) => stdout).join('\n');
    expect(printed.split('[masked]').length).toBeGreaterThan(20);
    expect(printed).toContain(MARK);
    expect(secretsIn(inertJson({ ...alone.analysis, script: '' }))).toEqual([]);
    expect(secretsIn(inertJson({ ...analysis, script: '' }))).toEqual([]);
    for (const { user } of seen) expect(secretsIn(user)).toEqual([]);
    expect(kept.size).toBeGreaterThan(5);
    for (const [name, content] of kept) expect([name, secretsIn(content)]).toEqual([name, []]);
    expect(secretsIn([...logged, ...messages].join('\n'))).toEqual([]);
  });

  it('is kept in files that show nothing alive but scripts and replies as they were', () => {
    for (const [name, content] of obeyed.kept) {
      const isAsWritten = name.endsWith('.sh') || name.endsWith('reply.txt');
      const alive = isAsWritten ? [] : aliveInText(withoutFences(content));
      expect([name, alive]).toEqual([name, []]);
    }
    expect(aliveInText(obeyed.messages.join('\n'))).toEqual([]);
  });
});
