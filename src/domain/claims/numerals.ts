import { conceptOf } from './concepts.ts';

const ONES = [
  'zero',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
  'eleven',
  'twelve',
  'thirteen',
  'fourteen',
  'fifteen',
  'sixteen',
  'seventeen',
  'eighteen',
  'nineteen',
];
const TENS = ['twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'];
const BIG: Readonly<Record<string, number>> = { hundred: 100, thousand: 1e3, million: 1e6, billion: 1e9 };

const WORD = [...ONES, ...TENS].join('|');
const SPELLED = new RegExp(
  String.raw`\b(?:a (?=hundred|thousand|million|billion))?(?:(?:${WORD}|${Object.keys(BIG).join('|')})(?![\w])(?:[- ](?:and )?(?=(?:${WORD}|${Object.keys(BIG).join('|')})\b))?)+`,
  'gi',
);

/** The same prose with numbers in words written as digits, and vague ones ("dozens of") as an open range. */
export function withDigits(text: string): string {
  return text
    .replace(/\bhalf a dozen\b/gi, '6')
    .replace(/\b(?:a|one) dozen\b/gi, '12')
    .replace(/\btwo dozen\b/gi, '24')
    .replace(
      /\b(dozens|scores|hundreds|thousands|millions)(?: and (?:dozens|hundreds|thousands))?(?: of)?\b/gi,
      vague,
    )
    .replace(/\b(?:a single|only one|exactly one)\b/gi, '1')
    .replace(/\bhalf (?:of )?(?=the|all|its|these|those)/gi, 'about 50 % ')
    .replace(/\ba third (?:of )?/gi, 'about 33 % ')
    .replace(/\btwo[ -]thirds (?:of )?/gi, 'about 67 % ')
    .replace(/\ba quarter (?:of )?/gi, 'about 25 % ')
    .replace(/\bthree[ -]quarters (?:of )?/gi, 'about 75 % ')
    .replace(/\bonce\b(?= in| at| from| by|[,.;)]|$)/gi, '1 times')
    .replace(/\btwice\b/gi, '2 times')
    .replace(/\bthrice\b/gi, '3 times')
    .replace(SPELLED, (words: string, at: number, whole: string) =>
      isPronoun(words, whole.slice(at + words.length)) ? words : digitsOf(words),
    );
}

const LEAST: Readonly<Record<string, string>> = {
  dozens: 'at least 24',
  scores: 'at least 40',
  hundreds: 'at least 200',
  thousands: 'at least 2000',
  millions: 'at least 2000000',
};

const vague = (_: string, word: string): string => `${LEAST[word.toLowerCase()] ?? word} (several) `;

/** "The one that", "one of them": no count. "One connection" is one. */
function isPronoun(words: string, following: string): boolean {
  if (words.trim().toLowerCase() !== 'one') return false;
  const next = /^\s+(?:(?:[a-z]+-)?[A-Za-z-]+ )?([A-Za-z-]+)/.exec(following);
  const near = /^\s+([A-Za-z-]+)/.exec(following)?.[1] ?? '';
  if (/^(?:got|went|stayed|remained|failed|received)$/i.test(near)) return false;
  if (
    /^(?:of|side|way|direction|another|that|which|by|after|end|thing|cause|step|or|hand|would|can|could|is|was)$/i.test(
      near,
    )
  )
    return true;
  return conceptOf(near) === null && conceptOf(next?.[1] ?? '') === null;
}

function digitsOf(words: string): string {
  let total = 0;
  let group = 0;
  for (const word of words.toLowerCase().split(/[- ]+/)) {
    const one = ONES.indexOf(word);
    const ten = TENS.indexOf(word);
    const big = BIG[word];
    if (one >= 0) group += one;
    else if (ten >= 0) group += 20 + 10 * ten;
    else if (big === 100) group = Math.max(group, 1) * 100;
    else if (big !== undefined) {
      total += Math.max(group, 1) * big;
      group = 0;
    }
  }
  const tail = /\s+$/.exec(words)?.[0] ?? '';
  return `${total + group}${tail}`;
}
