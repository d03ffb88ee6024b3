import { describe, expect, it } from 'vitest';
import { checkProse } from '../../../src/domain/claims/check-prose.ts';
import { evidenceOf } from '../../../src/domain/claims/evidence.ts';
import type { Finding } from '../../../src/domain/finding.ts';
import { factsOf, findingOf } from '../../fakes/facts.ts';

/** Numbers that look drawn at random and are the same in every run. */
function createDice(seed: number): (from: number, to: number) => number {
  let state = seed;
  return (from, to) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return from + (state % (to - from + 1));
  };
}

interface Scene {
  client: string;
  server: string;
  port: number;
  count: number;
  frames: number[];
  packets: number;
}

/** Values far enough apart that no mutation of one is another. */
function sceneOf(seed: number): Scene {
  const dice = createDice(seed);
  const first = dice(100, 900) * 10;
  return {
    client: `10.${dice(1, 200)}.7.${dice(10, 90)}`,
    server: `172.16.${dice(1, 200)}.${dice(120, 200)}`,
    port: dice(2_000, 30_000),
    count: dice(41, 99),
    frames: [first, first + 10, first + 30],
    packets: dice(20_000, 90_000),
  };
}

function evidenceIn({ client, server, port, count, frames, packets }: Scene) {
  const base = factsOf();
  const finding: Finding = findingOf({
    title: `SYNs to ${server} port ${port} stay unanswered`,
    actor: [client],
    target: [server],
    ports: [port],
    count,
    frames,
    matching: count,
    filter: `tcp.flags.syn==1 && ip.dst==${server}`,
    explanation: `${count} SYN segments got no answer at all.`,
  });
  const facts = factsOf({ capture: { ...base.capture, packets }, conversations: [], endpoints: [] });
  return evidenceOf({ facts, findings: [finding], outputs: new Map<string, string>(), question: null });
}

const sentences = ({ client, server, port, count, frames, packets }: Scene): string[] => [
  `${count} SYN segments from ${client} to ${server} port ${port} got no answer (F1).`,
  `Port ${port} of ${server} never answered ${client}, as frames ${frames.join(', ')} show (F1).`,
  `The first of the ${count} unanswered SYNs stands in frame ${frames[0] ?? 0} (F1).`,
  `${client} tried ${server}:${port} in vain: ${count} SYNs were unanswered (F1).`,
  `The capture holds ${packets} packets.`,
];

/** The same sentence with each of its numbers, and each part of an address, one higher or lower; ids stay. */
function mutationsOf(sentence: string): string[] {
  return [...sentence.matchAll(/(?<![F\w])\d+/g)].flatMap(({ 0: digits, index }) =>
    [1, -1].map(
      (step) =>
        sentence.slice(0, index) + String(Number(digits) + step) + sentence.slice(index + digits.length),
    ),
  );
}

const strikesIn = (scene: Scene): ((text: string) => boolean) => {
  const evidence = evidenceIn(scene);
  return (text) =>
    checkProse({ executiveSummary: text, notableFindings: [], recommendations: [] }, evidence).problems
      .length > 0;
};

describe('true sentences made from facts', () => {
  it('are kept, and struck once any number, port, frame or part of an address is off by one', () => {
    const scenes = Array.from({ length: 12 }, (_, seed) => sceneOf(7 * seed + 1));

    const wrong = scenes.flatMap((scene) => {
      const strikes = strikesIn(scene);
      return sentences(scene).flatMap((sentence) => [
        ...(strikes(sentence) ? [`struck: ${sentence}`] : []),
        ...mutationsOf(sentence)
          .filter((mutation) => !strikes(mutation))
          .map((mutation) => `kept: ${mutation} (from ${sentence})`),
      ]);
    });

    expect(wrong).toEqual([]);
  });
});
