import { RESULTS, resultUri, type ResultLink, type ResultName } from '../src/domain/results.ts';
import type { AnalysisView } from '../src/domain/views.ts';

/** What an answer with an analysis names for opening, most useful first. */
const LINKED: readonly ResultName[] = ['report.md', 'report.html', 'facts.json', 'analysis.json', 'attempts'];

/** Links to the results of a task, or of an analysis without one; none where there is no analysis. */
export function resultLinks(id: string, analysis: AnalysisView | null): ResultLink[] {
  if (analysis === null) return [];
  return LINKED.filter((name) => name !== 'report.html' || analysis.html_path !== null).map((name) => ({
    uri: resultUri(id, name),
    name,
    ...RESULTS[name],
  }));
}
