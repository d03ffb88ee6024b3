import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { FINDING_KINDS } from '../../../src/domain/finding-kinds.ts';
import { SEVERITIES } from '../../../src/domain/finding.ts';
import { SEVERITY_RULES } from '../../../src/domain/severity-rules.ts';
import { DETECTORS } from '../../../src/forensics/measure/detectors.ts';
import { CORPUS_FOLDER } from './corpus.ts';

const kinds = Object.keys(FINDING_KINDS);
const FOLDER = join(import.meta.dirname, '../../../src/forensics/measure/detectors');
const sources = readdirSync(FOLDER).map((name) => ({ name, code: readFileSync(join(FOLDER, name), 'utf8') }));

const counted = (all: Record<string, { counts: string | null }>): string[] =>
  Object.entries(all).map(([kind, { counts }]) => `${kind}: ${counts}`);

describe('the kinds of findings', () => {
  it('each have a detector', () => {
    const detected = new Set<string>(DETECTORS.map(({ kind }) => kind));

    expect(kinds.filter((kind) => !detected.has(kind))).toEqual([]);
  });

  it('each say by what they are graded, in words of their own that name a severity', () => {
    const rules = Object.entries(SEVERITY_RULES);

    expect(rules.map(([kind]) => kind).toSorted()).toEqual(kinds.toSorted());
    const silent = rules.filter(([, rule]) => !SEVERITIES.some((severity) => rule.includes(severity)));
    expect(silent).toEqual([]);
    expect(rules.filter(([, rule]) => rule.length < 20)).toEqual([]);
  });

  it.each(sources)('are told in $name without an empty or generic word', ({ code }) => {
    const said = [...code.matchAll(/(?:explanation|alternatives|notChecked|title):\s*(['"`])(.*?)\1/gs)];

    expect(said.filter(([, , words = '']) => words.length < 12).map(([whole]) => whole)).toEqual([]);
    expect(code).not.toMatch(/alternatives: '(Unknown|Other|None|Various)/i);
  });

  const path = join(CORPUS_FOLDER, 'kinds.json');
  it.runIf(existsSync(path))('count what the shared vocabulary says', () => {
    const { kinds: shared } = Vocabulary.parse(JSON.parse(readFileSync(path, 'utf8')));

    expect(counted(FINDING_KINDS)).toEqual(counted(shared));
  });
});

const Vocabulary = z.object({
  kinds: z.record(z.string(), z.object({ counts: z.string().nullable() })),
});
