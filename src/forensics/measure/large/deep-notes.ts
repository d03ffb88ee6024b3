import type { CrossCheck, DeepCoverage } from './deep-offer.ts';

const MOST_NAMED = 6;

/** What a reader has to know of what tshark looked at, and whether it agrees with our own reader; no packet text. */
export function notesOf(coverage: DeepCoverage, crossCheck: CrossCheck): string[] {
  return [coverageNote(coverage), crossCheckNote(crossCheck)].filter((note) => note !== '');
}

function coverageNote({ offered, shares, conversations, isBudgetSpent, read }: DeepCoverage): string {
  if (offered === 0) return '';
  const left = shares.filter(({ taken, offered }) => taken < offered);
  const of = `${conversations.whole} of ${conversations.all} conversations whole, ${conversations.part} in part`;
  const said =
    `tshark dissected ${read} packets; of the ${offered} that carry what the built-in reader leaves to it ` +
    `it was given ${shares.reduce((sum, { taken }) => sum + taken, 0)} (${of}).`;
  if (left.length === 0) return said;
  const named = left
    .toSorted((a, b) => b.offered - b.taken - (a.offered - a.taken))
    .slice(0, MOST_NAMED)
    .map(({ name, taken, offered }) => `${name} ${taken} of ${offered}`);
  const why = isBudgetSpent
    ? 'Left out were the middle of transfers and what went beyond the budget'
    : 'Left out was the middle of transfers, where no headers are';
  const more = left.length > MOST_NAMED ? `, and ${left.length - MOST_NAMED} more` : '';
  return `${said} ${why}: ${named.join(', ')}${more}.`;
}

function crossCheckNote({ conversations, values, disagreeing, disagreements }: CrossCheck): string {
  if (conversations === 0) return '';
  const sample = `The built-in reader was compared with tshark on ${conversations} of the conversations that it reads (${values} values)`;
  if (disagreeing === 0) return `${sample}: they agree.`;
  const where = disagreements
    .slice(0, MOST_NAMED)
    .map(
      ({ field, kind, stream, frame }) =>
        `${field} in ${kind}.stream ${stream}, which begins in frame ${frame}`,
    );
  return `${sample}: they disagree on ${disagreeing} of them: ${where.join('; ')}. What these fields say of the capture may be off by as much.`;
}
