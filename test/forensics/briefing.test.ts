import { describe, expect, it } from 'vitest';
import { estimatedTokens, modelFacts } from '../../src/forensics/model-facts.ts';
import { briefingOf } from '../../src/forensics/briefing.ts';
import { limitsOf } from '../../src/forensics/script-limits.ts';
import { factsOf, findingOf } from '../fakes/facts.ts';

const many = (count: number) => {
  const facts = factsOf();
  const [talk] = facts.conversations;
  if (talk === undefined) throw new Error('The fake facts have no conversation.');
  return {
    facts: { ...facts, conversations: Array.from({ length: count }, () => talk) },
    findings: Array.from({ length: count }, (_, index) =>
      findingOf({
        id: `F${index + 1}`,
        severity: index < 3 ? 'high' : 'low',
        explanation: 'because '.repeat(60),
      }),
    ),
  };
};
const briefed = (count: number) =>
  briefingOf({ nonce: 'n0nce', tools: 'tshark', context: null, scriptTimeoutMs: 90_000, ...many(count) });

describe('the facts of a prompt', () => {
  it('are all there where they fit, and the prompt says so', () => {
    const { text, leftOut } = modelFacts(factsOf(), [findingOf()], 12_000);

    expect(leftOut).toEqual([]);
    expect(text).toContain('"id":"F1"');
    expect(text).toMatch(/^\{"capture":/);
    expect(briefed(1).facts).toMatch(
      /about \d+ of at most 12000 tokens \(estimated\)\. Nothing was left out/,
    );
  });

  it.each([400, 3_000, 12_000])('keep to %i tokens and count what they leave out', (most) => {
    const { facts, findings } = many(200);

    const { text, tokens, leftOut } = modelFacts(facts, findings, most);

    expect(tokens).toBeLessThanOrEqual(most);
    expect(estimatedTokens(text)).toBeLessThanOrEqual(tokens);
    const shown = text.split('\n').filter((line) => line.startsWith('{"finding":')).length;
    expect(leftOut).toContain(`${200 - shown} of 200 findings`);
  });

  it('hold some of everything before more of one kind', () => {
    const { facts, findings } = many(200);

    const { text } = modelFacts(facts, findings, 12_000);

    expect(text.match(/^\{"conversation":/gm)?.length).toBeGreaterThanOrEqual(10);
    expect(text).toContain('"id":"F3"');
    expect(text).toContain('{"protocol":');
  });

  it('end with what was left out, in our own words and outside of the fence', () => {
    const { facts } = briefed(200);
    const [, behind = ''] = facts.split('</untrusted id="n0nce">');

    expect(behind).toMatch(
      /Left out for length, not for being absent: .*\d+ of 200 findings, .*of 200 conversations/,
    );
    expect(facts).not.toContain('characters left out');
  });
});

const capture = (bytes: number, packets: number, damaged: string | null = null) => ({
  ...factsOf().capture,
  bytes,
  packets,
  damaged,
});

describe('what a script can afford', () => {
  it('is ten readings of a small capture', () => {
    expect(limitsOf(capture(1_200_000, 4_000), 90_000)).toMatch(
      /4000 packets in 1\.20 MB.*ended after 90 s.*about 0\.7 s here, so at most 10 of them/,
    );
  });

  it('is a few of a large one, with a way to look at parts', () => {
    const told = limitsOf(capture(1024 ** 3, 1_300_000), 390_000);

    expect(told).toMatch(/so at most 3 of them/);
    expect(told).toContain('editcap -r');
  });

  it('includes how tshark ends on a file that is cut short', () => {
    expect(limitsOf(capture(1_000, 10, 'cut short'), 90_000)).toContain('|| (($? == 2))');
    expect(limitsOf(capture(1_000, 10), 90_000)).not.toContain('exit code 2');
  });
});
