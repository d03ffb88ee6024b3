import { measured } from '../../../domain/confidence.ts';
import type { FindingDraft } from '../../../domain/finding.ts';
import { mergeEvidence } from '../bounded.ts';
import { draft, times, type Detector } from '../draft.ts';
import { all, any, between, SYN_ONLY } from '../filter.ts';
import type { PingText } from '../tables/covert.ts';
import type { Tables } from '../tables.ts';

/** Letters hidden in fields that should hold random numbers. */
export const covertChannel: Detector = { kind: 'covert_channel', detect: detectLetters };

/** Pings with text that changes: few or small ones, which the measure of lengths does not show. */
export const pingText: Detector = { kind: 'icmp_tunnel', detect: detectText };

const HIDDEN_LETTERS = 6;
const DIFFERENT_LETTERS = 3;
const SHARE = 0.8;

function detectLetters({ covert }: Tables): FindingDraft[] {
  const hiding = covert.letters.filter(
    ({ syns, inIdentification, inSequence, letters }) =>
      letters.size >= DIFFERENT_LETTERS &&
      Math.max(inIdentification.count, inSequence.count) >= Math.max(HIDDEN_LETTERS, syns * SHARE),
  );
  return hiding.map(({ source, target, inIdentification, inSequence }) => {
    const id = inIdentification.count >= inSequence.count;
    const evidence = id ? inIdentification : inSequence;
    const where = id ? 'the IP identification' : 'the initial sequence number';
    return draft('covert_channel', {
      title: `${source} hides letters in ${where} of ${times(evidence.count, 'SYN')} to ${target}`,
      severity: 'high',
      ...measured(evidence.count, HIDDEN_LETTERS * 2, 'fields with a letter in them'),
      actor: [source],
      target: [target],
      evidence,
      filter: all(
        SYN_ONLY,
        between(source, target),
        id
          ? `ip[4:2] matches r"(?s)^[\\n\\r -~]\\x00"`
          : `tcp[4:4] matches r"(?s)^[\\n\\r -~]\\x00\\x00\\x00"`,
      ),
      explanation: `In ${times(evidence.count, 'connection attempt')} ${where} is a printable character and zeros, where systems put a random number or a counter: the tool covert_tcp sends text so.`,
      alternatives: 'A device with a poor generator of such numbers.',
      notChecked: 'What the text says, and replies bounced off third hosts.',
    });
  });
}

const TEXTS = 2;
const FILLED = 5;

function detectText({ covert, icmp }: Tables): FindingDraft[] {
  const told = new Set(
    icmp.echoes
      .filter(({ large, lengths }) => large.count >= 20 && lengths.size >= 4)
      .map(({ a, b }) => `${a} ${b}`),
  );
  const talking = covert.pings.filter(
    ({ source, target, texts, different }) =>
      texts.count >= TEXTS &&
      different.size >= TEXTS &&
      !told.has(`${source} ${target}`) &&
      !told.has(`${target} ${source}`),
  );
  const texts = new Set(talking.map(({ source, target }) => [source, target].toSorted().join(' ')));
  const binary = covert.pings.filter(
    (row) =>
      carriesBytes(row) &&
      !told.has(`${row.source} ${row.target}`) &&
      !told.has(`${row.target} ${row.source}`) &&
      !texts.has([row.source, row.target].toSorted().join(' ')),
  );
  return [...textFindings(talking), ...binaryFindings(binary)];
}

/** Long pings of which nearly each is filled anew. */
const carriesBytes = ({ long, fillings }: PingText): boolean =>
  long.count >= FILLED && fillings.size >= Math.min(long.count, 200) * SHARE;

function textFindings(talking: readonly PingText[]): FindingDraft[] {
  const pairs = Map.groupBy(talking, ({ source, target }) => [source, target].toSorted().join(' '));
  return [...pairs.values()].flatMap((rows) => {
    const [first] = rows;
    if (first === undefined) return [];
    const { source, target } = first;
    const evidence = mergeEvidence(rows.map(({ texts }) => texts));
    return [
      draft('icmp_tunnel', {
        title: `${times(evidence.count, 'ping')} between ${source} and ${target} carry text`,
        severity: 'high',
        ...measured(evidence.count, 10, 'pings with text of their own'),
        actor: [source],
        target: [target],
        evidence,
        filter: all(
          'icmp.type in {0, 8}',
          'data.data matches r"[\\t\\r\\n -~]{12}"',
          any(...rows.map((row) => `(${between(row.source, row.target)})`)),
        ),
        explanation: `${times(evidence.count, 'echo message')} carry readable text that changes from one to the next; ping programs send the same filling each time.`,
        alternatives: 'A monitoring program that writes its name and the time into its pings.',
        notChecked: 'What the text says.',
      }),
    ];
  });
}

function binaryFindings(rows: readonly PingText[]): FindingDraft[] {
  const pairs = Map.groupBy(rows, ({ source, target }) => [source, target].toSorted().join(' '));
  return [...pairs.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const evidence = mergeEvidence(group.map(({ long }) => long));
    return [
      draft('icmp_tunnel', {
        title: `${times(evidence.count, 'long ping')} between ${first.source} and ${first.target} carry ever new bytes`,
        severity: 'high',
        ...measured(evidence.count, 20, 'long pings, nearly each filled anew'),
        actor: [first.source],
        target: [first.target],
        evidence,
        filter: all(
          'icmp.type in {0, 8}',
          'data.len > 64',
          any(...group.map((row) => `(${between(row.source, row.target)})`)),
        ),
        explanation: `${times(evidence.count, 'echo message')} of more than 64 bytes, and nearly each has another content; ping programs send the same filling each time.`,
        alternatives: 'A test of the line that fills its pings at random.',
        notChecked: 'What the bytes mean.',
      }),
    ];
  });
}
