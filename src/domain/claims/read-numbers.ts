import type { NumberClaim } from './claim.ts';
import { conceptOf, STATISTICS } from './concepts.ts';
import { type Firmness, quantityOf } from './quantity.ts';
import { clauseAt } from './clauses.ts';

const NUMBER = /(?<![\w.])(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?/g;

/** Every number that is left in a sentence once ids, addresses, ports, frames and times are taken out. */
export function readNumbers(text: string): NumberClaim[] {
  const found = [...text.matchAll(NUMBER)].map((match) => {
    const digits = match[0].replaceAll(',', '');
    const end = match.index + match[0].length;
    const { quantity, length } = quantityOf(
      digits,
      text.slice(end),
      firmnessBefore(text.slice(0, match.index)),
    );
    return { at: match.index, end: end + length, quantity };
  });
  return found.map(({ at, end, quantity }, index) => {
    const previous = found[index - 1]?.end ?? 0;
    const next = found[index + 1]?.at ?? text.length;
    const [after, before] = [text.slice(end, next), text.slice(previous, at)];
    const whole = index > 0 && OUT_OF.test(before);
    const isPart = /^ *(?:of|out of)(?: (?:the|its|all|these|those))* *$/.test(after);
    const concepts = whole
      ? firstConcepts(after, true)
      : conceptsNear({
          before,
          after: isPart ? text.slice(found[index + 1]?.end ?? end) : after,
          follows: index > 0 && !BOUNDARY.test(before),
          isCount: quantity.dimension === 'count',
        });
    return {
      sort: 'number',
      text: text.slice(at, end).trim(),
      quantity,
      concepts,
      clause: clauseAt(text, at),
      whole,
    };
  });
}

/** "3 SYN segments out of": the number behind it is the whole of which the one before it is a part. */
const OUT_OF = /^(?: [\w-]+){0,3} (?:of|out of)(?: (?:the|its|all|these|those|a total of))*\s*$/;

const FIRMNESS: readonly (readonly [RegExp, Firmness])[] = [
  [/(?:at least|no fewer than|no less than|≥|>=)\s*$/i, 'at least'],
  [/(?:at most|no more than|up to|≤|<=|a maximum of)\s*$/i, 'at most'],
  [/(?:more than|over|above|exceed(?:s|ed|ing)|greater than|upwards of|beyond|>)\s*$/i, 'more'],
  [/(?:less than|fewer than|under|below|<)\s*$/i, 'less'],
  [
    /(?:about|around|roughly|approximately|approx\.?|nearly|almost|some|circa|ca\.|close to|~|≈)\s*$/i,
    'about',
  ],
];

const firmnessBefore = (text: string): Firmness =>
  FIRMNESS.find(([pattern]) => pattern.test(text))?.[1] ?? 'exact';

const BOUNDARY = /[,;:()]|\. | - |\bwhile\b|\bwhereas\b|\bbut\b/;
const FAR = 8;

/**
 * Words behind a number name what it counts; words before it only up to the last pause, and only where they are not
 * those of the number before. Of a time or a size the words before say no more than how it was taken.
 */
function conceptsNear({ before, after, follows, isCount }: Surroundings): Set<string> {
  const behind = firstConcepts(after, false);
  const isLabelled = /[:=] *$/.test(before);
  if (isLabelled && behind.size > 0) return behind;
  const lead = isLabelled ? before.slice(-60) : (before.split(BOUNDARY).at(-1) ?? '');
  const words = wordsOf(lead);
  const cut = words.findLastIndex((word) => word === '¤' || /^(?:and|or)$/i.test(word));
  const last = words.slice(cut + 1).slice(-FAR_BEFORE);
  last.forEach((word, index) => {
    const concept = conceptOf(word);
    if (concept === null || GRADES.has(concept)) return;
    const isNear = last.length - index <= NEAR_BEFORE && !follows && (isCount || behind.size === 0);
    if (isNear || isLabelled || STATISTICS.has(concept)) behind.add(concept);
  });
  return behind;
}

interface Surroundings {
  before: string;
  after: string;
  /** Whether the words before it are those of another number, without a pause. */
  follows: boolean;
  isCount: boolean;
}

const FAR_BEFORE = 5;
const NEAR_BEFORE = 3;

/** "F1 high: 3 gaps": before a number a grade belongs to the finding. */
const GRADES: ReadonlySet<string> = new Set(['critical', 'high', 'medium', 'low']);

/** Concepts up to the next pause; of a whole only the thing counted, not what became of a part of it. */
function firstConcepts(after: string, onlyNoun: boolean): Set<string> {
  const phrase = after.replace(/^\s*\(several\)/, '').split(BOUNDARY)[0] ?? '';
  const found = new Set<string>();
  let gap = 0;
  for (const word of wordsOf(unanswered(phrase)).slice(0, FAR)) {
    if (/^(?:and|or|plus|that|which|who|because|after|before|within)$/i.test(word) && found.size > 0) break;
    const concept = conceptOf(word);
    if (concept !== null) found.add(concept);
    gap = concept === null ? gap + 1 : 0;
    if (onlyNoun && found.size > 0 && (concept === null || VERBAL.has(concept))) break;
    if (gap > 5) break;
  }
  if (onlyNoun) for (const concept of VERBAL) found.delete(concept);
  return found;
}

const VERBAL: ReadonlySet<string> = new Set([
  'unanswered',
  'refused',
  'failed',
  'accepted',
  'lost',
  'established',
]);

const unanswered = (text: string): string =>
  text.replace(
    /\b(?:without (?:an? |any )?|(?:got|had|received|saw) no |never )(?:answer|respon|repl)\w*/gi,
    'unanswered',
  );

const wordsOf = (text: string): string[] =>
  text
    .split(/[^\p{L}\p{N}/¤-]+/u)
    .map((word) => (word.includes('¤') ? '¤' : word))
    .filter((word) => word !== '');
