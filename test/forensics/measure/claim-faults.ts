import { checkProse } from '../../../src/domain/claims/check-prose.ts';
import { evidenceOf } from '../../../src/domain/claims/evidence.ts';
import type { CaptureFacts } from '../../../src/domain/facts.ts';
import type { Finding } from '../../../src/domain/finding.ts';

/** Sentences of the built-in reporter that the check of claims would strike; they are true, so there must be none. */
export function claimFaults(facts: CaptureFacts, findings: readonly Finding[]): string[] {
  const lines = findings.slice(0, 5).map(({ id, severity, title, frames }) => {
    const where = frames.length > 0 ? ` (frames ${frames.slice(0, 3).join(', ')})` : '';
    return `- **${id}** ${severity}: ${title}${where}`;
  });
  const remarks = findings.map(({ id, title, explanation }) => ({
    findingIds: [id],
    commandIds: [],
    text: `${title}. ${explanation}`,
  }));
  const { problems } = checkProse(
    { executiveSummary: lines.join('\n'), notableFindings: remarks, recommendations: [] },
    evidenceOf({ facts, findings, outputs: new Map<string, string>(), question: null }),
  );
  return problems.map(({ text, reasons }) => `struck: ${text} ${reasons.join(' ')}`);
}
