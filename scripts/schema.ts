import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { publishedSchema, SCHEMA_FILE } from '../src/domain/published-analysis.ts';

/**
 * Writes the JSON schema of the published analysis from the code that it describes: `npm run schema`. With --check
 * nothing is written, and one that is out of date fails.
 */
const FILE = join(import.meta.dirname, '..', SCHEMA_FILE);
const text = `${JSON.stringify(publishedSchema(), null, 2)}\n`;
if (!process.argv.includes('--check')) {
  mkdirSync(dirname(FILE), { recursive: true });
  writeFileSync(FILE, text);
} else if (readFileSync(FILE, 'utf8') !== text) {
  process.stderr.write(`${SCHEMA_FILE} is out of date: run npm run schema\n`);
  process.exitCode = 1;
}
