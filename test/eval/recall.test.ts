import { describe, expect, it } from 'vitest';
import { isFound, isNamed, sample, type Fact, type LabelledCapture } from '../../scripts/eval/corpus.ts';
import { emptyAnalysis } from '../fakes/analysis.ts';
import { findingOf } from '../fakes/facts.ts';

const FACT: Fact = {
  kind: 'port_scan',
  what: 'a scan',
  min_severity: 'medium',
  primary: true,
  actor: ['10.0.0.9'],
  target: [],
  mention_any: ['port scan', 'SYN scan'],
};

/** An analysis with one finding, as a detector of ours writes it, changed. */
const analysisWith = (change: Partial<ReturnType<typeof findingOf>>) => ({
  findings: [
    {
      ...findingOf(),
      kind: 'port_scan' as const,
      severity: 'high' as const,
      actor: ['10.0.0.9'],
      instance: null,
      ...change,
    },
  ],
});

describe('a known fact', () => {
  it('is found by its kind, or one of the same family, at least as grave, about one of its hosts', () => {
    expect(isFound(FACT, analysisWith({}))).toBe(true);
    expect(isFound({ ...FACT, kind: 'vuln_scan' }, analysisWith({}))).toBe(true);
    expect(isFound({ ...FACT, actor: [] }, analysisWith({ actor: ['10.0.0.1'], target: [] }))).toBe(true);
  });

  it.each([
    ['of another kind', { kind: 'beaconing' as const }],
    ['less grave', { severity: 'low' as const }],
    ['about other hosts', { actor: ['10.0.0.1'], target: ['10.0.0.2'] }],
  ])('is not found by a finding %s', (_what, change) => {
    expect(isFound(FACT, analysisWith(change))).toBe(false);
  });

  it('is named in a report that has one of its words', () => {
    expect(isNamed(FACT, emptyAnalysis({ report: 'A syn Scan was seen.' }))).toBe(true);
    expect(isNamed(FACT, emptyAnalysis({ report: 'All is well.' }))).toBe(false);
  });
});

describe('a sample of captures', () => {
  it('is taken by turns from each category', () => {
    const captures = ['a1', 'a2', 'a3', 'b1', 'c1', 'c2'].map((id): LabelledCapture => ({
      id,
      file: id,
      category: id.slice(0, 1),
      must_find: [],
    }));

    expect(sample(captures, 5).map(({ id }) => id)).toEqual(['a1', 'b1', 'c1', 'a2', 'c2']);
    expect(sample(captures, Infinity)).toHaveLength(6);
  });
});
