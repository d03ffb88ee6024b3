import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { REPORT_SECTIONS } from '../../../src/domain/report.ts';
import { emptyAnalysis } from '../../fakes/analysis.ts';
import { analysisOf, page, reported } from './page-of.ts';

const headingsIn = (html: string): string[] =>
  [...html.matchAll(/<h2[^>]*>([^<]*)/g)].map(([, name = '']) => name);

describe('the page', () => {
  it('has the 8 sections in their order, even where a report has none of them', async () => {
    expect(headingsIn(await page.render(analysisOf()))).toEqual([...REPORT_SECTIONS]);
    expect(headingsIn(await page.render(emptyAnalysis({ report: 'nothing' })))).toEqual([...REPORT_SECTIONS]);
  });

  it('allows itself nothing but the style whose hash it names', async () => {
    const html = await page.render(analysisOf());
    const style = /<style>([^]*?)<\/style>/.exec(html)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');

    expect(html).toContain(
      `content="default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'"`,
    );
    expect(html).not.toMatch(/<script|<link|<img|<iframe|<object|\sstyle=|\son\w+=|\s(?:src|href)="(?!#)/i);
  });

  it('opens with how bad it is, when it was recorded, of which file, and what was not looked at', async () => {
    const html = await page.render(analysisOf({ partial: 'tshark was not there.' }));
    const header = html.slice(html.indexOf('<header>'), html.indexOf('</header>'));

    expect(header).toContain('Findings: 1 high');
    expect(header).toContain('Confidence high: 6 unanswered SYNs: from 2 on nothing else is likely.');
    expect(header).toContain('2026-01-02T03:04:05.000Z to 2026-01-02T03:04:17.500Z, 12.5 s');
    expect(header).toContain('ab'.repeat(32));
    expect(header).toContain('<strong>Partial analysis.</strong> tshark was not there.');
  });

  it('shows each finding as a card that the summary leads to', async () => {
    const html = await page.render(analysisOf());
    const card = /<article[^]*?<\/article>/.exec(html)?.[0] ?? '';

    expect(html).toContain('<strong><a href="#finding-F1">F1</a></strong>');
    expect(card).toContain('id="finding-F1"');
    for (const words of [
      '>high</span>',
      '<strong>Confidence: high.</strong>',
      'tcp.flags.syn==1 &amp;&amp; tcp.flags.ack==0 &amp;&amp; ip.dst==10.0.0.9</code>',
      '11, 19, 35 (1.5 s to 9 s)',
      '<strong>Could also be:</strong> The server is down.',
      '<strong>Not looked at:</strong> The path behind the capture point.',
      'not checked</span>',
    ]) {
      expect(card).toContain(words);
    }
  });

  it('shows a finding of low severity in a table, without a card', async () => {
    const html = await page.render(analysisOf({ findings: [reported({ severity: 'low' })] }));

    expect(html).not.toContain('<article');
    expect(html).toContain('<h3>Also seen</h3>');
    expect(html).toContain('Nothing of medium or higher severity; findings: 1 low');
  });

  it('draws traffic, round trips, retransmissions, conversations and findings, each with its figures', async () => {
    const html = await page.render(analysisOf());
    const drawn = [...html.matchAll(/<figure class="plot">[^]*?<\/figure>/g)].map(([figure]) => figure);

    expect(drawn.map((figure) => /<strong>([^<]*)/.exec(figure)?.[1])).toEqual([
      'Traffic over time',
      'Round trips',
      'Retransmissions',
      'Conversations by bytes',
      'Findings over time',
    ]);
    for (const figure of drawn) {
      expect(figure.match(/<svg [^>]*role="img" aria-label="[^"]+/g)).toHaveLength(2);
      expect(figure).toContain('<details>');
      expect(figure).toContain('role="table"');
    }
  });

  it('leaves out the plots of what was not measured', async () => {
    expect(await page.render(emptyAnalysis())).not.toContain('<figure');
  });

  it('names what a model claimed and nothing bore out', async () => {
    const verification = {
      claims: 4,
      confirmed: 3,
      struck: 1,
      corrected: true,
      notConfirmed: [
        { section: 'Executive Summary' as const, text: 'A <b>breach</b>.', reasons: ['No finding says so.'] },
      ],
      leftOut: [],
    };
    const html = await page.render(analysisOf({ verification }));

    expect(html.match(/<h3>Not confirmed<\/h3>/g)).toHaveLength(1);
    expect(await page.render(emptyAnalysis({ verification }))).toContain('<h3>Not confirmed</h3>');
    expect(html).toContain('A &lt;b&gt;breach&lt;/b&gt;.');
    expect(html).toContain('3 of 4 confirmed, 1 struck');
  });

  it('names each machine of several, and those that brought nothing', async () => {
    const machine = {
      instanceId: '0',
      name: 'web_0',
      sha256: null,
      bytes: 1,
      packets: 7,
      durationSeconds: 1,
      findingsTotal: 2,
      problem: null,
      reportPath: null,
      analysisPath: null,
    };
    const lost = { ...machine, name: 'web_1', problem: 'It delivered no file.' };
    const html = await page.render(analysisOf({ instances: [machine, lost] }));

    expect(html).toContain('<strong>web_0</strong>: 2 findings, 7 packets');
    expect(html).toContain('<strong>web_1</strong>: It delivered no file.');
  });
});
