import { describe, expect, it } from 'vitest';
import { quoted } from '../../../src/domain/quoted.ts';
import { harmlessText } from '../../../src/domain/harmless.ts';
import { inertJson } from '../../../src/domain/inert-json.ts';
import { REPORT_SECTIONS, renderReport } from '../../../src/domain/report.ts';
import {
  codeBlock,
  codeSpan,
  fence,
  inlineText,
  prose,
  stripControls,
  table,
} from '../../../src/domain/untrusted.ts';
import { oneLine } from '../../../src/server/one-line.ts';
import { reportInputOf } from '../../fakes/report-input.ts';
import { aliveInJson, aliveInMarkdown, aliveInText, headingsOf } from './alive.ts';
import { MARK, randomAttacks } from './attacks.ts';

const NONCE = '5f0c7e52-nonce';
const attacks = [...randomAttacks(20_261_123, 400, NONCE)];

/** One assertion for all, so that a failure names its string. */
const eachOf = (faultsOf: (attack: string) => string[]): string[] =>
  attacks
    .flatMap((attack) => faultsOf(attack).map((fault) => `${JSON.stringify(attack)} gives ${fault}`))
    .slice(0, 5);

describe('random hostile text', () => {
  it.each<[string, (text: string) => string, (text: string) => string[]]>([
    ['one line of an answer', (text) => oneLine(text, 500), aliveInText],
    ['a quotation in an error', quoted, aliveInText],
    ['a string in JSON', harmlessText, aliveInText],
    ['JSON as it is written', (text) => inertJson({ [text]: [text] }, 2), aliveInJson],
    ['a line of the report', (text) => inlineText(text), aliveInMarkdown],
    ['a code span', (text) => codeSpan(text), aliveInMarkdown],
    ['a code block', (text) => codeBlock(text, 5_000), aliveInMarkdown],
    ['a table', (text) => table(['A', 'B'], [[inlineText(text), codeSpan(text)]]), aliveInMarkdown],
    ['prose by a model', (text) => prose(text, 5_000), aliveInMarkdown],
  ])('has no life left as %s', (_, render, alive) => {
    expect(eachOf((attack) => alive(render(attack)))).toEqual([]);
  });

  it('keeps its meaning in JSON that was made inert', () => {
    for (const attack of attacks) {
      const value = { text: attack.toWellFormed() };
      expect(JSON.parse(inertJson(value))).toEqual(value);
    }
  });

  it.each<[string, (text: string) => string]>([
    ['controls', stripControls],
    ['JSON strings', harmlessText],
    ['prose', (text) => prose(text, 50_000)],
    ['lines', (text) => inlineText(text, 5_000)],
  ])('is not brought back to life by cleaning it twice: %s', (_, clean) => {
    expect(eachOf((attack) => (clean(clean(attack)) === clean(attack) ? [] : ['another text']))).toEqual([]);
  });

  it('makes no heading in prose, and a table stays as wide as its head', () => {
    expect(eachOf((attack) => headingsOf(prose(attack, 5_000)))).toEqual([]);
    const widths = attacks.map((attack) => {
      const row = table(['A', 'B'], [[inlineText(attack), codeSpan(attack)]]).split('\n');
      return `${row.length} ${(row[2] ?? '').replaceAll('\\|', '').split('|').length}`;
    });
    expect(new Set(widths)).toEqual(new Set(['3 4']));
  });

  it('stays inside of its fence and gives it no end, no role and no template mark', () => {
    const faults = eachOf((attack) => {
      const inside = fence(attack, { nonce: NONCE, label: 'facts', maxChars: 5_000 })
        .split('\n')
        .slice(1, -1);
      const text = inside.join('\n');
      const isFree =
        /<\s*\/?\s*(?:untrusted|system)|<[|｜]|\[\/?INST\]|<<\/?SYS|^\s*(?:system|human|assistant)\s*:/im.test(
          text,
        ) || text.includes(NONCE);
      return [...(isFree ? ['a way out'] : []), ...(/[^\P{Cc}\n\t]|\p{Cf}/u.test(text) ? ['controls'] : [])];
    });

    expect(faults).toEqual([]);
  });
});

describe('a report of a hostile capture by an obedient model', () => {
  it('has its 8 sections and no other, and nothing in it lives', () => {
    for (const attack of attacks.slice(0, 60)) {
      const report = renderReport(reportInputOf(attack));

      expect(aliveInMarkdown(report)).toEqual([]);
      const sections = headingsOf(report).filter((heading) => heading.startsWith('## '));
      expect(sections).toEqual(REPORT_SECTIONS.map((name) => `## ${name}`));
      expect(headingsOf(report).filter((heading) => /^#\s/.test(heading))).toEqual([
        '# Packet capture analysis',
      ]);
      expect(report).toContain('### F1 · high · ');
      expect(report.length).toBeLessThan(400_000);
    }
  });

  it('still shows what packets said', () => {
    expect(renderReport(reportInputOf(`${MARK} <b>`))).toContain(MARK);
  });
});
