import type { EvidenceCheck } from '../../domain/evidence-check.ts';
import { MAX_CITED_FRAMES, type Finding } from '../../domain/finding.ts';

/** What is asked about one finding: its filter alone, over the frames that it cites, and up to the last of these. */
export interface Asked {
  all: string;
  cited: string;
  upToLast: string;
}

/** The answers, as numbers of frames; null for a filter that tshark refused. */
export type Answers = { [K in keyof Asked]: number | null };

/** The display filters whose numbers of matches tell whether a finding's evidence holds in the whole capture. */
export function askedOf({ filter, frames }: Pick<Finding, 'filter' | 'frames'>): Asked {
  return {
    all: filter,
    cited: `${isOneOf(frames)} && (${filter})`,
    upToLast: `frame.number <= ${Math.max(0, ...frames)} && (${filter})`,
  };
}

/** Whether a frame is one of these. */
export const isOneOf = (frames: readonly number[]): string =>
  `frame.number in {${frames.length === 0 ? '0' : frames.join(', ')}}`;

/**
 * Compares what tshark answered over the whole capture with what the finding says: it must match as many frames as
 * counted, and those cited must be the first of them. Where no filter singles out what is counted (`matching` is null),
 * it must match at least that, with all frames cited among it; the latter also where it matches a known number of others.
 */
export function judgeWhole(finding: Finding, { all, cited, upToLast }: Answers): EvidenceCheck {
  if (all === null || cited === null || upToLast === null) return refused('whole capture');
  const { matching, count } = finding;
  const expected = distinct(finding);
  const check = (result: EvidenceCheck['result'], note: string): EvidenceCheck => ({
    result,
    over: 'whole capture',
    matched: all,
    note,
  });
  const missing = wrongCited(expected, cited);
  if (missing !== null) return check('mismatch', missing);
  if (matching === null) {
    return all < expected || (all < count && expected < MAX_CITED_FRAMES)
      ? check('mismatch', `The filter matches ${frames(all)}, fewer than the ${count} counted.`)
      : check(
          'confirmed',
          `The filter matches all ${expected} cited, among ${frames(all)}: no filter singles out the ${count} counted.`,
        );
  }
  if (all !== matching) return check('mismatch', `The filter matches ${frames(all)} instead of ${matching}.`);
  return matching !== count || upToLast === expected
    ? check(
        'confirmed',
        `The filter matches ${frames(all)}${matching === count ? ', as many as counted' : ''}; those cited are the first.`,
      )
    : check(
        'mismatch',
        'The filter matches as many frames as it should, but those cited are not the first of them.',
      );
}

/** The same where only the frames cited were looked at, with what their dissection needs of those before them. */
export function judgeCited(finding: Finding, cited: number | null): EvidenceCheck {
  if (cited === null) return refused('cited frames');
  const expected = distinct(finding);
  const wrong = wrongCited(expected, cited);
  return {
    result: wrong === null ? 'confirmed' : 'mismatch',
    over: 'cited frames',
    matched: null,
    note:
      wrong ?? `The filter matches all ${expected} frames cited; how many more it matches was not counted.`,
  };
}

const distinct = ({ frames: cited }: Finding): number => new Set(cited).size;

const frames = (count: number): string => `${count} frame${count === 1 ? '' : 's'}`;

function wrongCited(expected: number, cited: number): string | null {
  if (expected === 0) return 'The finding cites no frame.';
  return cited === expected ? null : `The filter matches ${cited} of the ${expected} frames cited.`;
}

const refused = (over: EvidenceCheck['over']): EvidenceCheck => ({
  result: 'mismatch',
  over,
  matched: null,
  note: 'tshark does not take the filter.',
});
