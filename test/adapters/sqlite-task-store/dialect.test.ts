import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const FOLDER = join(import.meta.dirname, '../../../src/adapters/sqlite-task-store');

/** What Postgres does not take, or takes for something else. */
const SQLITE_ONLY =
  /\b(?:PRAGMA|AUTOINCREMENT|GLOB|IFNULL|INSERT OR|REPLACE INTO|json_\w+|strftime|julianday|unixepoch|randomblob|zeroblob|rowid|WITHOUT ROWID|BEGIN IMMEDIATE)\b/i;

describe('the statements of the store', () => {
  it('are such as Postgres takes too, but for those of the file that opens the database', () => {
    const found = globSync('*.ts', { cwd: FOLDER })
      .filter((name) => !['database.ts', 'liveness.ts', 'session-journal.ts'].includes(name))
      .flatMap((name) => {
        const text = readFileSync(join(FOLDER, name), 'utf8').replaceAll(/\/\*[^]*?\*\//g, '');
        return text
          .split('\n')
          .filter((line) => SQLITE_ONLY.test(line))
          .map((line) => `${name}: ${line.trim()}`);
      });

    expect(found).toEqual([]);
  });
});
