import type { Finding } from '../../../src/domain/finding.ts';
import { SEVERITY_RULES } from '../../../src/domain/severity-rules.ts';

const LEAST_CHARACTERS = 10;

/** What a finding fails to say, or says against the rule of its kind; empty where all is told. */
export function wordFaults(finding: Finding): string[] {
  const { kind, severity, title, explanation, alternatives, notChecked, because } = finding;
  const silent = Object.entries({ title, explanation, alternatives, notChecked, because })
    .filter(([, words]) => words.trim().length < LEAST_CHARACTERS)
    .map(([name]) => `${kind}: no ${name}`);
  const graded = SEVERITY_RULES[kind].includes(severity);
  return graded ? silent : [...silent, `${kind}: its rule does not know ${severity}`];
}
