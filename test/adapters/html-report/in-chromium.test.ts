import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Analysis } from '../../../src/domain/analysis.ts';
import { SEVERITIES } from '../../../src/domain/finding.ts';
import { mergeAnalyses } from '../../../src/domain/merged-analysis.ts';
import {
  hostChromium,
  numberOf,
  openBrowser,
  seriousFaults,
  show,
  type Heard,
  type View,
} from './chromium.ts';
import { analysisOf, page as reportPage, reported } from './page-of.ts';

const chromium = hostChromium();

const LONG = 'a-name-that-no-line-can-be-broken-in'.repeat(8);
const HOSTILE = `"'></style></title></svg>]]><script>window.pwned=1</script><img src="http://198.51.100.9/x.png" onerror="window.pwned=1"><a href="javascript:window.pwned=1">\u202ekcilc</a>`;

const findings = SEVERITIES.toReversed().flatMap((severity, rank) =>
  [1, 2].map((n) =>
    reported({
      id: `F${2 * rank + n}`,
      severity,
      title: `${severity} ${n} ${LONG}`,
      filter: `ip.src == ${LONG}`,
    }),
  ),
);
const full = analysisOf({ findings, partial: 'tshark was not there.' });

const merged = mergeAnalyses({
  target: 'web',
  context: null,
  units: ['0', '1'].map((id) => ({
    key: id,
    instance: { id, name: `web_${id}` },
    label: `web_${id}`,
    analysis: analysisOf(),
    reportPath: `/r/instance-${id}.report.md`,
    analysisPath: `/r/instance-${id}.analysis.json`,
  })),
  failed: [],
  missing: [{ id: '2', name: 'web_2' }],
  notes: [],
});

const talk = full.conversations[0];
/** As no reader would let it through: hostile in every value, the Markdown of the report included. */
const hostile: Analysis = {
  ...full,
  findings: [
    reported({ title: HOSTILE, because: HOSTILE, filter: HOSTILE, actor: [HOSTILE], explanation: HOSTILE }),
  ],
  conversations: talk === undefined ? [] : [1, 2].map(() => ({ ...talk, a: HOSTILE, b: HOSTILE })),
  sandbox: HOSTILE,
  partial: HOSTILE,
  capture: { ...full.capture, sha256: HOSTILE, format: HOSTILE, damaged: HOSTILE },
  report: ['Executive Summary', 'Notable Findings', 'Command Log']
    .map(
      (name) =>
        `## ${name}\n\n${HOSTILE}\n\n[a](javascript:window.pwned=1)\n\n### F1 · x\n\n| ${HOSTILE} | b |\n| --- | --- |\n| ${HOSTILE} | c |\n\n\`\`\`\n${HOSTILE}\n\`\`\`\n`,
    )
    .join('\n'),
};

describe.runIf(chromium !== null)('report.html in Chromium', { timeout: 120_000 }, () => {
  let browser: Browser;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'capwright-page-'));
    for (const [name, analysis] of Object.entries({ full, merged, hostile })) {
      writeFileSync(join(folder, `${name}.html`), await reportPage.render(analysis));
    }
    browser = await openBrowser(chromium ?? '');
  });
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const look = async (name: string, view: View, at: (page: Page, heard: Heard) => Promise<void>) => {
    const [page, heard] = await show(browser, pathToFileURL(join(folder, `${name}.html`)).href, view);
    try {
      await at(page, heard);
    } finally {
      await page.close();
    }
  };

  const views = ['full', 'merged', 'hostile'].flatMap((name) =>
    [1200, 400].flatMap((width) => (['light', 'dark'] as const).map((scheme) => ({ name, width, scheme }))),
  );

  it.each(views)(
    '$name, $width px, $scheme: nothing loaded, nothing to complain of, accessible',
    async (seen) => {
      await look(seen.name, seen, async (page, heard) => {
        expect(await numberOf(page, 'document.styleSheets[0].cssRules.length')).toBeGreaterThan(50);
        expect(await numberOf(page, 'document.documentElement.scrollWidth')).toBe(seen.width);
        expect(await seriousFaults(page)).toEqual([]);
        expect(heard).toEqual({ requests: [], complaints: [] });
      });
    },
  );

  it('shows drawings that fit a narrow page, in place of the wide ones', async () => {
    const shown =
      '[...document.querySelectorAll("svg")].filter((svg) => svg.getBoundingClientRect().width > 0).length';
    await look('full', { width: 400, scheme: 'light' }, async (page) => {
      expect(await numberOf(page, 'document.querySelectorAll("svg").length')).toBe(10);
      expect(await numberOf(page, shown)).toBe(5);
    });
  });

  it('keeps what packets say from becoming anything but text', async () => {
    await look('hostile', { width: 800, scheme: 'light' }, async (page, heard) => {
      const alive =
        'document.querySelectorAll("script, img, iframe, object, [onerror], [style], a:not([href^=\\"#\\"])").length';
      expect(await numberOf(page, alive)).toBe(0);
      expect(await page.evaluate('typeof window.pwned')).toBe('undefined');
      expect(await page.evaluate('document.body.textContent')).toContain('<script>window.pwned=1</script>');
      expect(await page.evaluate('document.body.textContent')).not.toMatch(/\p{Cf}/u);
      expect(heard).toEqual({ requests: [], complaints: [] });
    });
  });

  it('would notice a page that does more than it should', async () => {
    const loud = '<!doctype html><body><script>console.log(1)</script><img src="none.png">';
    writeFileSync(join(folder, 'loud.html'), loud);

    await look('loud', { width: 400, scheme: 'light' }, async (page, heard) => {
      expect(heard.requests).toHaveLength(1);
      expect(heard.complaints.length).toBeGreaterThan(0);
      expect(await seriousFaults(page)).not.toEqual([]);
    });
  });

  it('goes on paper', async () => {
    await look('full', { width: 1200, scheme: 'dark' }, async (page) => {
      const pdf = Buffer.from(await page.pdf({ format: 'A4' })).toString('latin1');

      expect(pdf.startsWith('%PDF-')).toBe(true);
      expect(pdf.match(/\/Type\s*\/Page\b/g)?.length ?? 0).toBeGreaterThan(2);
    });
  });
});
