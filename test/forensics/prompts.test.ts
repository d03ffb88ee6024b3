import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadPrompts } from '../../src/forensics/prompts.ts';

const shipped = fileURLToPath(new URL('../../prompts', import.meta.url));

describe('the shipped prompts', () => {
  const prompts = loadPrompts();

  it('are complete', () => {
    expect(prompts.system('PLANNER_SYSTEM')).toContain('{"script"');
    expect(prompts.system('PLANNER_SYSTEM')).toContain('set -euo pipefail');
    expect(prompts.system('REPORTER_SYSTEM')).toContain('"executive_summary"');
  });

  it('have system prompts without placeholders', () => {
    expect(prompts.system('PLANNER_SYSTEM')).not.toContain('{{');
    expect(prompts.system('REPORTER_SYSTEM')).not.toContain('{{');
  });

  it('fill a user prompt in one pass, so that a value can not open another placeholder', () => {
    const text = prompts.user('PLANNER_USER', {
      nonce: 'n0nce',
      tools: 'tshark $& $1',
      limits: 'one reading',
      context: '{{facts}}',
      facts: 'THE FACTS',
    });

    expect(text).toContain('{{facts}}');
    expect(text).toContain('tshark $& $1');
    expect(text.split('THE FACTS')).toHaveLength(2);
  });
});

describe('prompts that were tampered with', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'capwright-prompts-'));
    mkdirSync(directory, { recursive: true });
    cpSync(shipped, directory, { recursive: true });
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('are refused when a file is missing', () => {
    rmSync(join(directory, 'REPORTER_USER.md'));

    expect(() => loadPrompts(directory)).toThrow('prompts/REPORTER_USER.md');
  });

  it.each([
    ['PLANNER_SYSTEM', 'Data: {{facts}}', 'unknown placeholders: facts'],
    [
      'PLANNER_USER',
      '{{nonce}} {{tools}} {{limits}} {{context}} {{facts}} {{typo}}',
      'unknown placeholders: typo',
    ],
    ['PLANNER_USER', '{{nonce}} {{tools}} {{limits}} {{context}}', 'lacks the placeholders: facts'],
    ['REPORTER_SYSTEM', '  \n', 'empty'],
  ])('are refused when %s is %j', (name, text, reason) => {
    writeFileSync(join(directory, `${name}.md`), text);

    expect(() => loadPrompts(directory)).toThrow(reason);
  });
});
