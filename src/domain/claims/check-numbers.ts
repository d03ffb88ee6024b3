import { canonicalAddress } from './addresses.ts';
import type { NumberClaim } from './claim.ts';
import { required, STATISTICS } from './concepts.ts';
import type { Context } from './context.ts';
import type { FindingEvidence, Text } from './evidence.ts';
import type { Item } from './fact-items.ts';
import { agrees } from './quantity.ts';

/** null where something measured bears the number out; else why not, as a sentence for the model. */
export function faultOfNumber(claim: NumberClaim, context: Context): string | null {
  const confirmed =
    isOfParties(claim, context) ||
    context.scope.some((finding) => byFinding(claim, finding, context)) ||
    context.evidence.items.some((item) => byFact(claim, item, context)) ||
    context.lines.some((line) => byLine(claim, line, context)) ||
    byFilter(claim, context);
  if (confirmed) return null;
  const what = [...required(claim.concepts)].join(' ') || 'anything';
  const where = context.cited.length > 0 ? 'the findings and commands that it cites' : 'the facts';
  return `"${claim.text}" (${what}) is not a number that ${where} show for this.`;
}

/** "The two hosts 10.0.0.4 and 10.0.0.9". */
const isOfParties = ({ concepts, quantity }: NumberClaim, { addresses }: Context): boolean =>
  addresses.size > 0 &&
  quantity.dimension === 'count' &&
  concepts.has('endpoint') &&
  within(required(concepts), new Set(['endpoint'])) &&
  agrees(quantity, addresses.size);

/** A count beside addresses must be that of a finding which has all of them. */
function byFinding(claim: NumberClaim, finding: FindingEvidence, context: Context): boolean {
  if (![...clauseAddresses(claim, context)].every((address) => finding.addresses.has(address))) return false;
  const needed = required(claim.concepts);
  const general = context.cited.includes(finding);
  return finding.items.some((item) => {
    if (item.dimension !== claim.quantity.dimension || !agrees(claim.quantity, item.value)) return false;
    if (differentStatistic(claim.concepts, item.all)) return false;
    if (needed.size === 0) return general && (item.path === 'count' || item.path === 'said');
    if (item.path === 'whole' || item.path === 'parties' || item.path === 'ports')
      return within(needed, item.all);
    const known = new Set([...item.all, ...finding.concepts]);
    return item.dimension === 'count' ? within(needed, known) && touches(needed, item, finding) : true;
  });
}

/** Of a number in the text of a finding at least one word beside it must agree, not only the title's. */
const touches = (needed: ReadonlySet<string>, item: Item, { concepts }: FindingEvidence): boolean =>
  item.path !== 'said' || item.all.size === 0
    ? item.path !== 'said' || within(needed, concepts)
    : [...needed].some((concept) => item.all.has(concept)) || within(item.all, concepts);

function byFact(claim: NumberClaim, item: Item, context: Context): boolean {
  if (item.dimension !== claim.quantity.dimension || !agrees(claim.quantity, item.value)) return false;
  if (!isAbout(item, claim, context)) return false;
  const needed = required(claim.concepts);
  if (differentStatistic(claim.concepts, item.all)) return false;
  if (item.dimension === 'count') {
    return (
      needed.size > 0 && within(needed, item.all) && within(item.own, new Set([...claim.concepts, ...needed]))
    );
  }
  if (item.dimension === 'seconds') return ofTime(needed, item, context);
  return (
    within(needed, item.all) &&
    within(statistics(item.all), new Set([...claim.concepts, ...context.concepts]))
  );
}

/** The length of the capture needs no word; every other time needs one of its own. */
function ofTime(needed: ReadonlySet<string>, item: Item, { concepts, scope, words }: Context): boolean {
  if (item.path === 'capture.durationSeconds') {
    return (scope.length === 0 || OVERALL.test(words)) && within(needed, item.all);
  }
  const said = new Set([...needed, ...concepts]);
  return (
    [...item.all].some((concept) => !STATISTICS.has(concept) && said.has(concept)) &&
    within(statistics(item.all), said)
  );
}

const OVERALL = /\b(?:captur\w*|total|overall|altogether|in all|whole|trace|recording|file|traffic)\b/i;

/** A number of one host or pair needs their addresses; one of the whole capture must not stand beside a host's. */
function isAbout(item: Item, claim: NumberClaim, context: Context): boolean {
  const named = namedParties(context);
  if (item.tag !== null && !context.lower.includes(item.tag) && item.about.length === 0) return false;
  if (item.about.length > 0) {
    // Beside two hosts a number is that of their conversation, not of one of them.
    const isWhole = item.about.length > 1 || clauseAddresses(claim, context).size < 2;
    return isWhole && item.about.every((address) => named.has(address)) && isDirected(item, context);
  }
  return clauseAddresses(claim, context).size === 0 || OVERALL.test(context.words) || item.tag !== null;
}

/** "From A": a number of one direction must be that of A. */
function isDirected({ path, about }: Item, { text }: Context): boolean {
  const sender = /\bfrom (?:the )?(?:host |client |server |address )?([0-9a-f.:]+[0-9a-f])/i.exec(text)?.[1];
  if (sender === undefined || !/(?:AToB|BToA)$/.test(path)) return true;
  return canonicalAddress(sender) === about[path.endsWith('AToB') ? 0 : 1];
}

/** Addresses of the sentence, and those behind the names in it. */
function namedParties({ addresses, claims, evidence }: Context): Set<string> {
  const names = new Set(claims.flatMap((claim) => (claim.sort === 'name' ? [claim.value] : [])));
  const behind = evidence.facts.endpoints
    .filter((endpoint) => endpoint.names.some(({ name }) => names.has(name.toLowerCase())))
    .map(({ address }) => address);
  return new Set([...addresses, ...behind]);
}

function clauseAddresses({ clause }: NumberClaim, { claims }: Context): Set<string> {
  return new Set(
    claims.flatMap((claim) => (claim.sort === 'address' && claim.clause === clause ? [claim.value] : [])),
  );
}

/** A line that was printed must speak of the same addresses and the same thing. */
function byLine(claim: NumberClaim, line: Text, context: Context): boolean {
  const near = clauseAddresses(claim, context);
  if (![...near].every((address) => line.addresses.has(address))) return false;
  const needed = required(claim.concepts);
  const shared =
    [...context.addresses].some((address) => line.addresses.has(address)) ||
    (claim.quantity.dimension !== 'count' &&
      [...required(context.concepts)].some((one) => line.concepts.has(one)));
  if (needed.size === 0 && !shared) return false;
  if (!within(needed, line.concepts)) return false;
  return line.numbers.some(
    (number) =>
      (number.quantity.dimension === claim.quantity.dimension || number.quantity.dimension === 'count') &&
      number.quantity.values.some((value) => agrees(claim.quantity, value)) &&
      (number.concepts.size === 0 || !differentStatistic(claim.concepts, number.concepts)) &&
      sameThing(needed, number),
  );
}

/** Where the line says what a number counts, the claim must not say otherwise. */
const sameThing = (needed: ReadonlySet<string>, { concepts, whole }: NumberClaim): boolean => {
  const printed = required(concepts);
  return (
    printed.size === 0 ||
    needed.size === 0 ||
    (whole ? within(needed, printed) : [...needed].some((one) => printed.has(one)))
  );
};

/** "`filter` matches 12 frames": the filter was run again. */
function byFilter(claim: NumberClaim, { claims, evidence, lower }: Context): boolean {
  if (
    claim.quantity.dimension !== 'count' ||
    !within(required(claim.concepts), new Set(['packet', 'segment']))
  )
    return false;
  return claims.some((one) => {
    const matched = one.sort === 'filter' ? (evidence.filters.get(one.value)?.matched ?? null) : null;
    return (
      matched !== null && /match|\bfit|select|show|give|filter/.test(lower) && agrees(claim.quantity, matched)
    );
  });
}

const within = (few: Iterable<string>, many: ReadonlySet<string>): boolean =>
  [...few].every((one) => many.has(one));

const statistics = (concepts: ReadonlySet<string>): string[] =>
  [...concepts].filter((one) => STATISTICS.has(one));

/** A median is no maximum. */
function differentStatistic(claimed: ReadonlySet<string>, measured: ReadonlySet<string>): boolean {
  return statistics(claimed).some((one) => !measured.has(one));
}
