import { describe, expect, it } from 'vitest';
import { resultLinks } from '../../tools/links.ts';
import { analysisView } from '../fakes/use-cases.ts';

const names = (html_path: string | null) =>
  resultLinks('t', { ...analysisView(), html_path }).map(({ name }) => name);

describe('the links of an answer', () => {
  it('name the page for a browser only where there is one', () => {
    const always = ['report.md', 'facts.json', 'analysis.json', 'attempts'];

    expect(names(null)).toEqual(always);
    expect(names('/state/tasks/t/report.html')).toEqual(['report.md', 'report.html', ...always.slice(1)]);
  });

  it('are none where there is no analysis', () => {
    expect(resultLinks('t', null)).toEqual([]);
  });
});
