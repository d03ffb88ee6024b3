import { describe, expect, it } from 'vitest';
import { cleanupLines } from '../../src/cli/cleanup-lines.ts';

const item = {
  kind: 'azure_capture',
  name: 'capwright-1',
  reason: 'left behind',
  age_seconds: 90,
  action: 'delete',
  outcome: 'planned',
} as const;
const view = { applied: false, plan_id: 'p1', items: [item], searched: ['tasks: 0'], next: '' };

describe('a cleanup at the shell', () => {
  it('tells where was looked, what was found with reason and age, and how to go on', () => {
    expect(cleanupLines(view)).toBe(
      [
        'searched tasks: 0',
        'delete  azure_capture  capwright-1  (left behind, 90 s old)',
        'To carry this out: capwright cleanup --apply p1',
        '',
      ].join('\n'),
    );
  });

  it('lets no name forge a line or reach the terminal with its escapes', () => {
    const evil = {
      ...item,
      kind: 'foreign_capture',
      name: 'evil\u001b[31m\ndelete  all',
      age_seconds: null,
    } as const;

    const lines = cleanupLines({ ...view, plan_id: null, items: [evil] });

    expect(lines.split('\n')).toHaveLength(3);
    expect(lines).not.toContain('\u001b');
  });
});
