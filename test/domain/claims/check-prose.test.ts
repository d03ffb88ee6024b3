import { describe, expect, it } from 'vitest';
import {
  checkProse,
  filtersIn,
  strike,
  withoutRemark,
  withoutSummary,
} from '../../../src/domain/claims/check-prose.ts';
import type { ModelProse } from '../../../src/domain/report-input.ts';
import { checked, evidence, FINDINGS } from './scene.ts';
import { FALSE_ADVICE, FALSE_SENTENCES, TRUE_ADVICE, TRUE_SENTENCES } from './statements.ts';

const reasonsOf = (check: ReturnType<typeof checked>): string[] =>
  check.problems.flatMap(({ reasons }) => reasons);

describe('a sentence of a model', () => {
  it.each(TRUE_SENTENCES)('is kept where it is true: %s', (sentence) => {
    expect(reasonsOf(checked(sentence))).toEqual([]);
  });

  it.each(FALSE_SENTENCES)('is struck where it is not: %s', (sentence) => {
    expect(reasonsOf(checked(sentence))).not.toEqual([]);
  });

  it.each(TRUE_ADVICE)('may advise what is new, about what is known: %s', (sentence) => {
    expect(reasonsOf(checked(sentence, 'Recommendations', { findingIds: ['F1'] }))).toEqual([]);
  });

  it.each(FALSE_ADVICE)('may not advise about what nobody has seen: %s', (sentence) => {
    expect(reasonsOf(checked(sentence, 'Recommendations', { findingIds: ['F1'] }))).not.toEqual([]);
  });

  it('is held to what its remark cites', () => {
    const sentence = '121 SYNs were sent in 1.3 s.';

    expect(reasonsOf(checked(sentence, 'Notable Findings', { findingIds: ['F2'] }))).toEqual([]);
    expect(reasonsOf(checked(sentence, 'Notable Findings', { findingIds: ['F1'] }))).not.toEqual([]);
    expect(reasonsOf(checked(sentence, 'Notable Findings'))).not.toEqual([]);
  });

  it('rests on printed lines only where it cites their command', () => {
    const sentence = 'The SYNs from 10.0.0.4 to 10.0.0.9 belong to 2 connections.';

    expect(reasonsOf(checked(sentence, 'Notable Findings', { commandIds: ['C2'] }))).toEqual([]);
    expect(reasonsOf(checked(sentence, 'Notable Findings', { commandIds: ['C1'] }))).not.toEqual([]);
    expect(reasonsOf(checked(sentence, 'Notable Findings', { commandIds: ['C7'] }))).toContain(
      'There is no command C7 whose output was shown.',
    );
  });

  it('says in its reasons what to do about it', () => {
    expect(reasonsOf(checked('The first SYN stands in frame 11.'))).toEqual([
      '"frame 11" was not measured, or needs the id of the finding or command that shows it.',
    ]);
    expect(reasonsOf(checked('Nothing suspicious was found.'))).toEqual([
      '"Nothing suspicious" contradicts F1 (high).',
    ]);
  });

  it('is read in time that its length bounds, however it is made', () => {
    const hostile = [
      '1 of '.repeat(3_000),
      '('.repeat(9_000),
      '1,'.repeat(9_000),
      'a.'.repeat(9_000),
      '`'.repeat(9_000),
      ':'.repeat(9_000),
      'frames 1, '.repeat(2_000),
      'one hundred '.repeat(2_000),
      'no scan '.repeat(2_000),
    ];

    for (const text of hostile) expect(checked(text).claims).toBeGreaterThanOrEqual(0);
  });
});

const prose: ModelProse = {
  executiveSummary:
    'Six SYN segments got no answer (F1). The server was compromised. See `tcp.flags.reset==1`.',
  notableFindings: [
    {
      findingIds: ['F1'],
      commandIds: [],
      text: 'All is well. It is the server.\n\n- Frames 11 and 19.\n- Frame 12.',
    },
    { findingIds: ['F2'], commandIds: [], text: 'The host is infected.' },
  ],
  recommendations: [],
};

describe('the prose of a model', () => {
  it('loses the sentences that do not hold, and remarks of which nothing is left', () => {
    const { problems, claims, confirmed } = checkProse(prose, evidence());
    const kept = strike(prose, problems);

    expect(kept.executiveSummary).toBe('Six SYN segments got no answer (F1). See `tcp.flags.reset==1`.');
    expect(kept.notableFindings).toEqual([
      { findingIds: ['F1'], commandIds: [], text: 'It is the server.\n\n- Frames 11 and 19.' },
    ]);
    expect(problems.map(({ section, text }) => `${section}: ${text}`)).toEqual([
      'Executive Summary: The server was compromised.',
      'Notable Findings: All is well.',
      'Notable Findings: Frame 12.',
      'Notable Findings: The host is infected.',
    ]);
    expect(claims).toBeGreaterThan(confirmed);
  });

  it('is what it was where nothing is struck', () => {
    expect(strike(prose, [])).toEqual(prose);
  });

  it('has to speak of every notable finding, and to name the gravest in its summary', () => {
    const silent: ModelProse = {
      executiveSummary: 'Two hosts spoke.',
      notableFindings: [],
      recommendations: [],
    };

    expect(withoutRemark(silent, FINDINGS).map(({ id }) => id)).toEqual(['F1', 'F2']);
    expect(withoutSummary(silent, FINDINGS).map(({ id }) => id)).toEqual(['F1', 'F2']);
    expect(withoutRemark(prose, FINDINGS)).toEqual([]);
    expect(withoutSummary(prose, FINDINGS).map(({ id }) => id)).toEqual(['F2']);
  });

  it('names the filters that have to be run, each once', () => {
    const twice = {
      ...prose,
      recommendations: [{ findingIds: [], commandIds: [], text: 'Use `tcp.flags.reset==1` and `ss -ltn`.' }],
    };

    expect(filtersIn(twice)).toEqual(['tcp.flags.reset==1']);
  });
});
