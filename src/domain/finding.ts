import { z } from 'zod';
import { CONFIDENCES } from './confidence.ts';
import { EvidenceCheck, UNCHECKED } from './evidence-check.ts';
import { FINDING_KINDS, type FindingKind } from './finding-kinds.ts';

export const SEVERITIES = ['info', 'low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Medium and worse: what a report may never leave out. */
export const isNotable = ({ severity }: { severity: Severity }): boolean =>
  SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf('medium');

/** At most this many frame numbers are cited per finding. */
export const MAX_CITED_FRAMES = 20;

const isKind = (name: string): name is FindingKind => Object.hasOwn(FINDING_KINDS, name);
const kindNames = Object.keys(FINDING_KINDS).filter(isKind);

/** One measured problem or fact worth a line in the report, with the evidence that proves it. */
export const Finding = z.strictObject({
  id: z.string().describe('Stable within one analysis: F1, F2, ... in order of severity.'),
  kind: z.enum(kindNames).describe('Word from the closed vocabulary of findings.'),
  title: z.string().describe('One line for a person.'),
  severity: z.enum(SEVERITIES),
  confidence: z.enum(CONFIDENCES).describe('Derived from the evidence by rule, never by a model.'),
  because: z.string().describe('What the confidence rests on, in one sentence.'),
  actor: z.array(z.string()).describe('IP or MAC addresses, without ports, of who does it.'),
  target: z.array(z.string()).describe('IP or MAC addresses, without ports, of whom it hits.'),
  ports: z.array(z.number().int()).describe('Server ports involved, at most 20.'),
  count: z.number().int().describe('What it counts depends on the kind.'),
  frames: z.array(z.number().int()).max(MAX_CITED_FRAMES).describe('First frame numbers, from 1.'),
  times: z
    .array(z.number())
    .default([])
    .describe(
      'When each of these frames was recorded, in seconds since the first packet; empty where not known.',
    ),
  filter: z.string().describe('Wireshark display filter whose matches are the evidence.'),
  matching: z
    .number()
    .int()
    .nullable()
    .default(null)
    .describe(
      'Frames of the capture that the filter matches; null where no filter singles out what is counted, and it matches at least that.',
    ),
  explanation: z.string().describe('What was seen and why it matters.'),
  alternatives: z.string().describe('What else could cause the same evidence.'),
  notChecked: z.string().describe('What this detector did not look at.'),
  evidenceCheck: EvidenceCheck.default(UNCHECKED),
});
export type Finding = z.infer<typeof Finding>;

/** A finding before it has its place in the list and in time, and before anybody has checked its evidence. */
export type FindingDraft = Omit<Finding, 'id' | 'times' | 'evidenceCheck'>;

/** Orders by severity, then count, and hands out ids. */
export function rankFindings(drafts: readonly FindingDraft[]): Finding[] {
  return drafts
    .toSorted(
      (a, b) =>
        SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) ||
        b.count - a.count ||
        a.kind.localeCompare(b.kind),
    )
    .map((draft, index) => ({ id: `F${index + 1}`, ...draft, times: [], evidenceCheck: UNCHECKED }));
}
