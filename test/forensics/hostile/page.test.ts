import { describe, expect, it } from 'vitest';
import { createReportPage } from '../../../src/adapters/html-report/html-report.ts';
import { REPORT_SECTIONS, renderReport } from '../../../src/domain/report.ts';
import { emptyAnalysis } from '../../fakes/analysis.ts';
import { reportInputOf } from '../../fakes/report-input.ts';
import { CONTROLS, fenceEnds, MARKUP, ORDERS, randomAttacks } from './attacks.ts';

const NONCE = '5f0c7e52-nonce';
const attacks = [
  ...ORDERS,
  ...MARKUP,
  ...CONTROLS,
  ...fenceEnds(NONCE),
  ...randomAttacks(20_261_124, 8, NONCE),
];

/** An analysis whose every text is `text`, with the report that is made of it, or the text itself as one. */
function pageOf(text: string, report: string | null): Promise<string> {
  const input = reportInputOf(text);
  const findings = input.findings.map((finding) => ({ ...finding, instance: text }));
  const { partial, sandbox, authorship, verification } = input;
  return createReportPage().render(
    emptyAnalysis({
      ...input.facts,
      findings,
      partial,
      sandbox,
      authorship,
      verification,
      report: report ?? renderReport(input),
    }),
  );
}

const UNSEEN = /[^\P{Cc}\n\t]|\p{Cf}|\p{Default_Ignorable_Code_Point}|\p{Surrogate}/u;
const TAG = /<(\/?)([a-z][\w-]*)((?:\s+[\w:-]+(?:="[^"<>]*")?)*)\s*(\/?)>/gi;
const ACTIVE =
  /^(?:script|img|iframe|object|embed|link|base|form|input|button|video|audio|foreignobject|use|image|animate|set)$/i;

/** What of a page a browser would run, load or follow; whatever is not a tag as we write them is a fault as well. */
function aliveInPage(html: string): string[] {
  const body = html.replace('<!doctype html>', '').replace(/<style>[^]*?<\/style>/, '');
  const unseen = UNSEEN.exec(html);
  const faults = unseen === null ? [] : [`unseen: ${JSON.stringify(unseen[0])}`];
  for (const [whole, , name = '', attributes = ''] of body.matchAll(TAG)) {
    if (ACTIVE.test(name)) faults.push(`element: ${whole}`);
    for (const [, key = '', value = ''] of attributes.matchAll(/([\w:-]+)="([^"]*)"/g)) {
      const isLink = /^(?:(?:xlink:)?href|src|srcset|action|formaction|poster|background)$/i.test(key);
      if (/^(?:on|style$)/i.test(key) || (isLink && !value.startsWith('#')))
        faults.push(`attribute: ${whole}`);
    }
  }
  const rest = /<[^\s]{0,30}/.exec(body.replaceAll(TAG, ''));
  return rest === null ? faults : [...faults, `not a tag of ours: ${rest[0]}`];
}

describe('the page of a hostile capture by an obedient model', () => {
  it.each([
    ['with the report that is made of it', null],
    ['with a report that nobody cleaned', 'raw'],
  ])('runs, loads and links to nothing, %s', async (_, kind) => {
    const faults: string[] = [];
    for (const attack of attacks) {
      const raw = REPORT_SECTIONS.map(
        (name) => `## ${name}\n\n${attack}\n\n- ${attack}\n\n### F1 · ${attack}`,
      );
      const html = await pageOf(attack, kind === null ? null : raw.join('\n\n'));
      faults.push(...aliveInPage(html).map((fault) => `${JSON.stringify(attack)} gives ${fault}`));
    }

    expect(faults.slice(0, 5)).toEqual([]);
  });

  it.each([
    '<script>x</script>',
    '<a href="https://evil.example/">x</a>',
    '<svg onload="x"></svg>',
    '<a href="javascript:x">x</a>',
    '<b',
    '\u202e',
  ])('would be found alive with %j in it', (text) => {
    expect(aliveInPage(`<p>${text}</p>`)).not.toEqual([]);
  });
});
