import { confirmed } from '../../../domain/confidence.ts';
import type { FindingDraft } from '../../../domain/finding.ts';
import { addEvidence, noEvidence } from '../bounded.ts';
import { matches } from '../content/sign.ts';
import { draft, times, type Detector } from '../draft.ts';
import { all, any, between } from '../filter.ts';
import type { Tables } from '../tables.ts';
import { HEARTBEAT_PATTERN, type HeartbeatRow } from '../tables/heartbeats.ts';

/** Heartbeats that claim more than they carry, or answers far longer than their question (CVE-2014-0160). */
export const heartbleed: Detector = { kind: 'exploit', detect };

/** An honest answer has the length of its question, give or take the padding. */
const PADDING = 300;

function detect({ heartbeats }: Tables): FindingDraft[] {
  return heartbeats.flatMap((asked) => {
    const answered = heartbeats.find(
      ({ source, target }) => source === asked.target && target === asked.source,
    );
    const impossible = asked.records.filter((record) => record.impossible);
    const leaks = answered === undefined ? [] : longAnswers(asked, answered);
    if (
      impossible.length === 0 &&
      (leaks.length === 0 || !asked.records.some(({ fromClient }) => fromClient))
    )
      return [];
    const evidence = noEvidence();
    const frames = [...asked.records, ...(answered?.records ?? [])].map(({ frame }) => frame);
    for (const frame of [...new Set(frames)].toSorted((a, b) => a - b)) addEvidence(evidence, frame);
    const { source, target } = asked;
    const leaked = answered !== undefined && answered.records.length > 0;
    return [
      draft('exploit', {
        title: `${source} sent ${target} heartbeats that claim more than they carry (Heartbleed)`,
        severity: 'high',
        ...confirmed(
          impossible.length > 0,
          'a request has no room for what it claims to carry',
          'only the answers are longer than the questions',
        ),
        actor: [source],
        target: [target],
        ports: asked.ports,
        evidence,
        filter: all(
          matches('tcp', HEARTBEAT_PATTERN),
          any(`(${between(source, target)})`, `(${between(target, source)})`),
        ),
        explanation:
          `${times(impossible.length, 'heartbeat request')} without room for payload and padding (RFC 6520 says: discard them)` +
          `${leaked ? `, and the server answered with up to ${Math.max(...answered.records.map(({ length }) => length))} bytes: it may have leaked its memory` : ', and no answer was seen'}.`,
        alternatives: 'A scanner of your own for this hole.',
        notChecked: 'What the answers contain.',
      }),
    ];
  });
}

const longAnswers = (asked: HeartbeatRow, answered: HeartbeatRow) =>
  answered.records.filter(({ stream, length, frame }) => {
    const questions = asked.records.filter((record) => record.stream === stream && record.frame < frame);
    return questions.length > 0 && questions.every((question) => length > question.length + PADDING);
  });
