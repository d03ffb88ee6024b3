import { describe, expect, it } from 'vitest';
import { parseMarkdown } from '../../../src/adapters/html-report/markdown.ts';
import { inline, renderBlocks } from '../../../src/adapters/html-report/prose.ts';

const rendered = (text: string): string => renderBlocks(parseMarkdown(text)).html.replaceAll(/>\s+</g, '><');

describe('the Markdown of reports', () => {
  it.each([
    ['one\ntwo\n\nthree', '<p>one\ntwo</p><p>three</p>'],
    ['### F1 · high', '<h3>F1 · high</h3>'],
    ['#### deeper', '<h4>deeper</h4>'],
    ['- a\n- b **c**', '<ul><li>a</li><li>b <strong>c</strong></li></ul>'],
    ['1. a\n   - b\n2. c', '<ol><li>a<ul><li>b</li></ul></li><li>c</li></ol>'],
    ['before\n- a', '<p>before</p><ul><li>a</li></ul>'],
    ['use `a < b` here', '<p>use <code>a &lt; b</code> here</p>'],
    ['`` a`b ``', '<p><code>a`b</code></p>'],
    ['only ** stars', '<p>only ** stars</p>'],
    ['a &lt;script> b', '<p>a &lt;script&gt; b</p>'],
    ['| a |', '<p>| a |</p>'],
  ])('reads %j', (text, html) => {
    expect(rendered(text)).toBe(html);
  });

  it('reads a table, its cells with pipes and code', () => {
    expect(parseMarkdown('| A | B |\n| --- | --- |\n| `x` \\| y | 2 |')).toEqual([
      { kind: 'table', head: ['A', 'B'], rows: [['`x` | y', '2']] },
    ]);
  });

  it('takes what stands in a code block for text, headings and all, to its end or the end of the report', () => {
    expect(parseMarkdown('````text\n## Recommendations\n```\n````\nafter')).toEqual([
      { kind: 'code', text: '## Recommendations\n```' },
      { kind: 'paragraph', text: 'after' },
    ]);
    expect(parseMarkdown('```\nopen\n## x')).toEqual([{ kind: 'code', text: 'open\n## x' }]);
  });

  it('makes no HTML of HTML, links or images', () => {
    const html = rendered(
      '<img src=x onerror=alert(1)> [a](javascript:alert(1)) ![b](http://x/y.png) <b>c</b>',
    );

    expect(html.replace(/^<p>|<\/p>$/g, '')).not.toMatch(/[<>]/);
  });

  it('reads hostile lines in time', () => {
    const texts = [
      '`'.repeat(30_000),
      '`a '.repeat(30_000),
      '**'.repeat(30_000),
      '- '.repeat(30_000),
      '|'.repeat(30_000),
    ];
    for (const text of texts) expect(rendered(text).length).toBeGreaterThan(10);
    expect(rendered(`${' '.repeat(40_000)}x\n`.repeat(20)).length).toBeGreaterThan(10);
  });

  it('takes directions of writing and controls out of every text', () => {
    expect(inline('a\u202eb\u2066c\u0000d\u001b[31me').html).toBe('abcde');
  });
});
