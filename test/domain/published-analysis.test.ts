import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { publishedSchema, SCHEMA_FILE } from '../../src/domain/published-analysis.ts';
import { analysisOf } from '../adapters/html-report/page-of.ts';

const ROOT = join(import.meta.dirname, '../..');
const kept: unknown = JSON.parse(readFileSync(join(ROOT, SCHEMA_FILE), 'utf8'));
const schema = z.fromJSONSchema(z.record(z.string(), z.unknown()).parse(kept));

describe('the schema of the published analysis', () => {
  it('is what the code publishes (else: npm run schema)', () => {
    expect(kept).toEqual(publishedSchema());
  });

  it('tells its version in its name and its id, and comes with the package', () => {
    expect(SCHEMA_FILE).toBe('schema/analysis-v1.schema.json');
    expect(kept).toMatchObject({ $id: 'urn:capwright:analysis:v1' });
    const { files } = z
      .object({ files: z.array(z.string()) })
      .parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')));
    expect(files).toContain('schema');
  });

  it('takes an analysis as it is written', () => {
    const written: unknown = JSON.parse(JSON.stringify(analysisOf()));

    expect(schema.safeParse(written).error).toBeUndefined();
  });

  it('refuses what is no analysis', () => {
    const analysis = analysisOf();
    const wrong = [
      { ...analysis, invented: 1 },
      { ...analysis, findings: [{ ...analysis.findings[0], severity: 'dire' }] },
      { ...analysis, capture: undefined },
    ];

    expect(wrong.map((one) => schema.safeParse(JSON.parse(JSON.stringify(one))).success)).toEqual([
      false,
      false,
      false,
    ]);
  });
});
