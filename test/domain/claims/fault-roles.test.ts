import { describe, expect, it } from 'vitest';
import { checkProse } from '../../../src/domain/claims/check-prose.ts';
import { evidenceOf } from '../../../src/domain/claims/evidence.ts';
import type { FindingKind } from '../../../src/domain/finding-kinds.ts';
import { factsOf, findingOf } from '../../fakes/facts.ts';

const A = '10.0.0.4';
const B = '10.0.0.9';

/** Whether a sentence stands, where the only finding is of this kind, by A to B. */
function stands(kind: FindingKind, text: string): boolean {
  const finding = findingOf({ id: 'F1', kind, actor: [A], target: [B], count: 6 });
  const evidence = evidenceOf({
    facts: factsOf({}),
    findings: [finding],
    outputs: new Map(),
    question: '',
    filters: new Map(),
  });
  const prose = { executiveSummary: text, notableFindings: [], recommendations: [] };
  const reasons = checkProse(prose, evidence).problems.flatMap((problem) => problem.reasons);
  return !reasons.some((reason) => reason.includes('the other way round'));
}

/** What is true with A first, and a lie with B first. */
const DEEDS: readonly (readonly [FindingKind, string])[] = [
  ['tcp_retransmission', 'ONE sent 6 segments again (F1).'],
  ['tcp_retransmission', 'ONE retransmitted 6 segments to OTHER (F1).'],
  ['tcp_retransmission', '6 segments were sent again by ONE (F1).'],
  ['tcp_zero_window', 'ONE advertised a zero window to OTHER 6 times (F1).'],
  ['tcp_zero_window', 'ONE repeatedly announced a full receive buffer (F1).'],
  ['tcp_duplicate_ack', 'ONE repeated an acknowledgement to OTHER 6 times (F1).'],
  ['tcp_connection_refused', 'ONE refused 6 connections of OTHER (F1).'],
  ['tcp_connection_refused', 'Connections to port 80 were refused by ONE (F1).'],
  ['tcp_reset', 'ONE reset the connection 6 times (F1).'],
  ['tcp_connect_timeout', 'ONE sent 6 SYN segments to OTHER that got no answer (F1).'],
  ['dns_no_response', 'ONE never answered OTHER (F1).'],
  ['dns_no_response', '6 queries went unanswered by ONE (F1).'],
  ['dns_servfail', 'ONE failed to resolve names for OTHER (F1).'],
  ['dns_nxdomain_burst', 'ONE asked for 6 names that do not exist (F1).'],
  ['cleartext_credentials', 'ONE sent a password to OTHER in the clear (F1).'],
  ['tcp_window_full', 'ONE filled the receive window of OTHER (F1).'],
  ['http_error', 'ONE answered OTHER with 6 HTTP errors (F1).'],
];
const told = (sentence: string, one: string, other: string): string =>
  sentence.replace('ONE', one).replace('OTHER', other);

describe('who did what', () => {
  it.each(DEEDS)('is kept where the finding has it so: %s, %s', (kind, sentence) => {
    expect(stands(kind, told(sentence, A, B))).toBe(true);
  });

  it.each(DEEDS)('is struck the other way round: %s, %s', (kind, sentence) => {
    expect(stands(kind, told(sentence, B, A))).toBe(false);
  });

  it.each<readonly [FindingKind, string]>([
    ['tcp_connect_timeout', `${B} never answered ${A} (F1).`],
    ['tcp_stall', `${B} did not respond to ${A} (F1).`],
    ['tcp_stall', `${A} was never answered by ${B} (F1).`],
    ['tcp_connection_refused', `${B} tried 6 times, and ${A} refused (F1).`],
    ['tcp_retransmission', `Segments from ${A} to ${B} were sent again (F1).`],
    ['dns_no_response', `${B} asked and ${A} gave no answer (F1).`],
    ['tcp_retransmission', `The path to ${B} retransmitted nothing (F1).`],
  ])('is not mistaken: %s, %s', (kind, sentence) => {
    expect(stands(kind, sentence)).toBe(true);
  });

  it.each<readonly [FindingKind, string]>([
    ['tcp_connect_timeout', `${A} never answered ${B} (F1).`],
    ['tcp_stall', `${B} was never answered by ${A} (F1).`],
  ])('knows of each kind which side is silent: %s, %s', (kind, sentence) => {
    expect(stands(kind, sentence)).toBe(false);
  });
});
