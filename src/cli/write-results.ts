import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Analysis } from '../domain/analysis.ts';
import { CapwrightError } from '../domain/errors.ts';
import { inertJson } from '../domain/inert-json.ts';
import type { ReportPage } from '../ports.ts';

/**
 * Writes what an analysis leaves for people into `folder`, which is made where it is not there; each file has mode 0600
 * and is there whole or not at all. Returns the page's path. Throws FILE_UNREADABLE where it can not write there.
 */
export async function writeResults(folder: string, analysis: Analysis, page: ReportPage): Promise<string> {
  const html = join(folder, 'report.html');
  const files: readonly (readonly [string, string])[] = [
    [join(folder, 'report.md'), analysis.report],
    [html, await page.render(analysis)],
    [join(folder, 'analysis.json'), `${inertJson(analysis, 2)}\n`],
    [join(folder, 'plan.sh'), analysis.script],
  ];
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const [path, content] of files) await writeWhole(path, content);
  } catch (error) {
    throw new CapwrightError(
      'FILE_UNREADABLE',
      `The results could not be written to ${folder}.`,
      'Name a folder with --out that this user may write to.',
      error,
    );
  }
  return html;
}

async function writeWhole(path: string, content: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}.part`;
  try {
    await writeFile(temporary, content, { mode: 0o600, flag: 'wx' });
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}
