import { RESULTS, resultUri, type ResultLink, type ResultName } from '../src/domain/results.ts';

/** What an answer with an analysis names for opening, most useful first. */
const LINKED: readonly ResultName[] = ['report.md', 'facts.json', 'analysis.json', 'attempts'];

/** Links to the results of a task, or of an analysis without one; none where there is no analysis. */
export function resultLinks(id: string, hasAnalysis: boolean): ResultLink[] {
  return hasAnalysis ? LINKED.map((name) => ({ uri: resultUri(id, name), name, ...RESULTS[name] })) : [];
}
