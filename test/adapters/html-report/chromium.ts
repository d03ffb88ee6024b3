import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { launch, type Browser, type Page } from 'puppeteer-core';
import { z } from 'zod';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** The Chromium of this machine; null where there is none, which is said on stderr, because checks are left out then. */
export function hostChromium(): string | null {
  const found = NAMES.find((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0);
  if (found !== undefined) return found;
  process.stderr.write('NOT TESTED: report.html in a real browser, because there is no Chromium here.\n');
  return null;
}

export const openBrowser = (name: string): Promise<Browser> =>
  launch({
    executablePath: spawnSync('sh', ['-c', 'command -v "$0"', name], { encoding: 'utf8' }).stdout.trim(),
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  });

/** What a page asked for beside itself, and what it complained of. */
export interface Heard {
  requests: string[];
  complaints: string[];
}

export interface View {
  width: number;
  scheme: 'light' | 'dark';
}

/** Opens a file as its reader would, and listens from before the first byte. */
export async function show(browser: Browser, url: string, { width, scheme }: View): Promise<[Page, Heard]> {
  const page = await browser.newPage();
  const heard: Heard = { requests: [], complaints: [] };
  page.on('request', (request) => {
    if (request.url() !== url) heard.requests.push(request.url());
  });
  page.on('console', (message) => heard.complaints.push(message.text()));
  page.on('pageerror', (error) => heard.complaints.push(String(error)));
  page.on('dialog', (dialog) => heard.complaints.push(`dialog: ${dialog.message()}`));
  await page.setViewport({ width, height: 900 });
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
  await page.goto(url, { waitUntil: 'load' });
  return [page, heard];
}

const Violations = z.array(
  z.object({ id: z.string(), impact: z.string().nullable(), nodes: z.array(z.object({ html: z.string() })) }),
);

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe-core holds to be a serious or critical fault, one line each. */
export async function seriousFaults(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const found = Violations.parse(await page.evaluate('axe.run().then(({ violations }) => violations)'));
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.length}, first ${nodes[0]?.html.slice(0, 160)}`);
}

/** Evaluates an expression of ours that answers a number. */
export const numberOf = async (page: Page, expression: string): Promise<number> =>
  z.number().parse(await page.evaluate(expression));
