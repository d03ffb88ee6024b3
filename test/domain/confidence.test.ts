import { describe, expect, it } from 'vitest';
import {
  agreeing,
  confirmed,
  doubted,
  hinted,
  inferred,
  measured,
  stated,
  type Certainty,
} from '../../src/domain/confidence.ts';

describe('confidence', () => {
  const rules: [string, Certainty, string][] = [
    ['what a protocol says itself', stated('an alert'), 'high'],
    ['a number far beyond a threshold', measured(50, 20, 'pings'), 'high'],
    ['a number just beyond it', measured(12, 20, 'pings'), 'medium'],
    ['signs that agree', agreeing(3, 2, 'tests'), 'high'],
    ['a sign on its own', agreeing(1, 2, 'test'), 'medium'],
    ['a conclusion', inferred('from silence'), 'medium'],
    [
      'a conclusion that something confirms',
      confirmed(true, 'the receiver reports losses', 'from holes'),
      'high',
    ],
    ['a conclusion that nothing confirms', confirmed(false, 'RTCP', 'from holes'), 'medium'],
    ['a hint', hinted('backups do it too'), 'low'],
    ['a statement in a bad recording', doubted(stated('an alert'), 'half is missing'), 'medium'],
    ['a conclusion in a bad recording', doubted(inferred('from silence'), 'half is missing'), 'low'],
    ['a hint in a bad recording', doubted(hinted('backups do it too'), 'half is missing'), 'low'],
  ];

  it.each(rules)('of %s follows from the evidence and says why', (_, certainty, expected) => {
    expect(certainty.confidence).toBe(expected);
    expect(certainty.because).toMatch(/^[A-Z0-9].{15,}[.]$/);
  });

  it('tells every reason that took a step off', () => {
    const twice = doubted(doubted(stated('an alert'), 'half is missing'), 'clocks run backwards');

    expect(twice.confidence).toBe('low');
    expect(twice.because).toContain('half is missing');
    expect(twice.because).toContain('clocks run backwards');
  });
});
