import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeSettings } from '../src/config.ts';
import { Policy } from '../src/domain/policy.ts';
import { createTools } from '../tools/index.ts';

/**
 * Writes the README's tables from the code they describe: `npm run readme`. With --check nothing is written and a
 * table that is out of date fails.
 */
const README = join(import.meta.dirname, '..', 'README.md');

const refuse = (): Promise<never> => Promise.reject(new Error('only described, never called'));

function toolTable(): string {
  const tools = createTools({
    startCapture: refuse,
    planCapture: refuse,
    checkTask: refuse,
    stopCapture: refuse,
    listTasks: refuse,
    analyzePcap: refuse,
    cleanupOrphans: refuse,
  });
  const rows = tools.map(({ name, description }) => `| \`${name}\` | ${firstSentence(description)} |`);
  return ['| Tool | What it does |', '| --- | --- |', ...rows].join('\n');
}

function settingsTable(): string {
  const rows = describeSettings().map(({ name, description }) => `| \`${name}\` | ${description} |`);
  return ['| Variable | Meaning |', '| --- | --- |', ...rows].join('\n');
}

function policyTable(): string {
  const rows = Object.entries(Policy.shape).map(
    ([name, { description = '' }]) => `| \`${name}\` | ${description} |`,
  );
  return ['| Field | What it allows |', '| --- | --- |', ...rows].join('\n');
}

function firstSentence(text: string): string {
  return text.split(/(?<=\.)\s/)[0] ?? text;
}

function fill(readme: string, name: string, table: string): string {
  const section = new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- /${name} -->)`);
  if (!section.test(readme)) {
    throw new Error(`README.md has no section ${name}`);
  }
  return readme.replace(section, (_all, open: string, close: string) => `${open}${table}\n${close}`);
}

const before = readFileSync(README, 'utf8');
const tables = { tools: toolTable(), policy: policyTable(), settings: settingsTable() };
const after = Object.entries(tables).reduce((text, [name, table]) => fill(text, name, table), before);
if (process.argv.includes('--check')) {
  if (after !== before) {
    process.stderr.write('README.md is out of date: run npm run readme\n');
    process.exitCode = 1;
  }
} else {
  writeFileSync(README, after);
}
