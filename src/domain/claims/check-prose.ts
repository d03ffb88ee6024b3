import { isNotable, type Finding } from '../finding.ts';
import type { ModelProse, Remark } from '../report-input.ts';
import type { StruckSentence } from '../verification.ts';
import { faultOf } from './check-places.ts';
import { wordClaims } from './check-words.ts';
import { type Citation, citationIn, contextOf } from './context.ts';
import type { Evidence } from './evidence.ts';
import { readClaims } from './read-claims.ts';
import { sentencesOf, withoutSentences } from './sentences.ts';

/** A sentence that something in it keeps out of the report. */
export interface Problem extends StruckSentence {
  /** Which remark of its section; 0 for the summary. */
  remark: number;
  sentence: number;
}

export interface ProseCheck {
  claims: number;
  /** Claims that are borne out, in sentences that stay. */
  confirmed: number;
  problems: Problem[];
}

/** Checks every sentence of a model's prose against the evidence. Pure: filters were run before. */
export function checkProse(prose: ModelProse, evidence: Evidence): ProseCheck {
  const total: ProseCheck = { claims: 0, confirmed: 0, problems: [] };
  for (const { section, remark, text, citation } of textsOf(prose)) {
    const sentences = sentencesOf(text).map((sentence) => ({ ...sentence, own: cites(sentence.text) }));
    const inParagraph = Map.groupBy(sentences, ({ paragraph }) => paragraph);
    sentences.forEach(({ text: sentence, paragraph, own }, index) => {
      const around = (inParagraph.get(paragraph) ?? []).map((one) => one.own);
      const outer = own.findingIds.length > 0 ? citation : merged([citation, ...around]);
      const { claims, reasons } = checkSentence(sentence, section, outer, evidence);
      total.claims += claims;
      if (reasons.length === 0) total.confirmed += claims;
      else
        total.problems.push({
          section,
          remark,
          sentence: index,
          text: sentence.slice(0, MOST_TEXT),
          reasons,
        });
    });
  }
  return total;
}

const MOST_TEXT = 400;
const MOST_REASONS = 6;
/** Time to read a sentence grows faster than its length. */
const MOST_READ = 1_200;
const TOO_LONG = 'It is too long to be checked: one fact to a sentence.';

/** What a sentence cites itself. */
const cites = (sentence: string): Citation => citationIn(readClaims(sentence.slice(0, MOST_READ)).claims);

const findingsIn = (text: string): string[] => sentencesOf(text).flatMap((one) => cites(one.text).findingIds);

const merged = (citations: readonly Citation[]): Citation => ({
  findingIds: citations.flatMap(({ findingIds }) => findingIds),
  commandIds: citations.flatMap(({ commandIds }) => commandIds),
});

interface SectionText {
  section: StruckSentence['section'];
  remark: number;
  text: string;
  citation: Citation;
}

function textsOf({ executiveSummary, notableFindings, recommendations }: ModelProse): SectionText[] {
  const summary = { text: executiveSummary, findingIds: [], commandIds: [] };
  return [
    ...remarksIn('Executive Summary', [summary]),
    ...remarksIn('Notable Findings', notableFindings),
    ...remarksIn('Recommendations', recommendations),
  ];
}

const remarksIn = (section: StruckSentence['section'], remarks: readonly Remark[]): SectionText[] =>
  remarks.map(({ text, findingIds, commandIds }, remark) => ({
    section,
    remark,
    text,
    citation: { findingIds, commandIds },
  }));

function checkSentence(
  sentence: string,
  section: StruckSentence['section'],
  outer: Citation,
  evidence: Evidence,
): { claims: number; reasons: string[] } {
  if (sentence.length > MOST_READ) return { claims: 1, reasons: [TOO_LONG] };
  const context = contextOf(sentence, section, outer, evidence);
  const unknown = [
    ...outer.findingIds.filter((id) => !evidence.findings.has(id)).map((id) => `There is no finding ${id}.`),
    ...outer.commandIds
      .filter((id) => !evidence.outputs.has(id))
      .map((id) => `There is no command ${id} whose output was shown.`),
  ];
  const faults = [
    ...context.claims.map((claim) => faultOf(claim, context)),
    ...wordClaims(context).map(({ fault }) => fault),
    ...unknown,
  ];
  const reasons = [...new Set(faults.filter((fault) => fault !== null))].slice(0, MOST_REASONS);
  return { claims: faults.length, reasons };
}

/** The prose without the sentences that have a problem; remarks of which nothing is left go too. */
export function strike(prose: ModelProse, problems: readonly Problem[]): ModelProse {
  const struckIn = (section: StruckSentence['section'], remark: number): Set<number> =>
    new Set(
      problems
        .filter((one) => one.section === section && one.remark === remark)
        .map(({ sentence }) => sentence),
    );
  const remarks = (section: StruckSentence['section'], all: readonly Remark[]): Remark[] =>
    all
      .map((remark, index) => ({ ...remark, text: withoutSentences(remark.text, struckIn(section, index)) }))
      .filter(({ text }) => text !== '');
  return {
    executiveSummary: withoutSentences(prose.executiveSummary, struckIn('Executive Summary', 0)),
    notableFindings: remarks('Notable Findings', prose.notableFindings),
    recommendations: remarks('Recommendations', prose.recommendations),
  };
}

/** Notable findings on which no remark is left. */
export function withoutRemark(prose: ModelProse, findings: readonly Finding[]): Finding[] {
  const said = new Set(prose.notableFindings.flatMap(idsOf));
  return findings.filter((finding) => isNotable(finding) && !said.has(finding.id));
}

/** Findings of high severity and above that the summary does not name by id; the first ones, as it is short. */
export function withoutSummary({ executiveSummary }: ModelProse, findings: readonly Finding[]): Finding[] {
  const said = new Set(findingsIn(executiveSummary));
  const grave = findings.filter(({ severity }) => severity === 'high' || severity === 'critical');
  return grave.slice(0, MOST_IN_SUMMARY).filter(({ id }) => !said.has(id));
}

const MOST_IN_SUMMARY = 3;

const idsOf = ({ findingIds, text }: Remark): string[] => [...findingIds, ...findingsIn(text)];

/** Display filters that the prose cites, each once, in the order in which they stand there. */
export function filtersIn(prose: ModelProse): string[] {
  const claims = textsOf(prose).flatMap(({ text }) =>
    sentencesOf(text).flatMap((one) => readClaims(one.text.slice(0, MOST_READ)).claims),
  );
  return [...new Set(claims.flatMap((claim) => (claim.sort === 'filter' ? [claim.value] : [])))];
}
