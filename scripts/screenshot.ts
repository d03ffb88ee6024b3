import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { launch } from 'puppeteer-core';

/** Makes the README's pictures again: `capwright demo`, and two parts of its report.html in Chromium. */
const ROOT = join(import.meta.dirname, '..');
const PICTURES = [
  ['header', 'report-verdict.png'],
  ['#notable-findings .plot', 'report-findings.png'],
] as const;
const SIZE = { width: 980, height: 1000 };
const MOST_BYTES = 150 * 1024;

/** The demo's results, gone at the end. */
const folder = mkdtempSync(join(tmpdir(), 'capwright-screenshot-'));
try {
  const argv = [join(ROOT, 'src', 'main.ts'), 'demo', '--out', folder];
  const { status } = spawnSync(process.execPath, argv, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error('the demo failed');
  await shoot(join(folder, 'report.html'));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function shoot(file: string): Promise<void> {
  const executablePath = '/usr/bin/chromium';
  const browser = await launch({ executablePath, args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage();
    await page.setViewport(SIZE);
    await page.goto(pathToFileURL(file).href);
    for (const [part, name] of PICTURES) {
      const path = join(ROOT, 'docs', name);
      await (await page.waitForSelector(part))?.screenshot({ path });
    }
  } finally {
    await browser.close();
  }
  for (const [, name] of PICTURES) {
    const { size } = statSync(join(ROOT, 'docs', name));
    process.stderr.write(`docs/${name}: ${size} bytes\n`);
    if (size > MOST_BYTES) throw new Error(`docs/${name} has more than ${MOST_BYTES} bytes`);
  }
}
