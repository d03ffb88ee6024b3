import { holds } from './addresses.ts';
import type { Claim } from './claim.ts';
import type { Context } from './context.ts';
import { faultOfNumber } from './check-numbers.ts';
import type { FindingEvidence, Text } from './evidence.ts';

/** Addresses that Azure gives the same meaning everywhere; advice may name them. */
const AZURE = new Set(['168.63.129.16', '169.254.169.254', '0.0.0.0', '127.0.0.1']);

/** null where the claim is borne out; else why not, as a sentence for the model. */
export function faultOf(claim: Claim, context: Context): string | null {
  const { evidence } = context;
  switch (claim.sort) {
    case 'finding':
      return evidence.findings.has(claim.id) ? null : `There is no finding ${claim.id}.`;
    case 'command':
      return evidence.outputs.has(claim.id)
        ? null
        : `There is no command ${claim.id} whose output was shown.`;
    case 'address':
      return isKnownAddress(claim.value, context) ? null : unknown(`The address ${claim.text}`, context);
    case 'network':
      return isKnownNetwork(claim.value, context) ? null : unknown(`The network ${claim.text}`, context);
    case 'port':
      return isKnownPort(claim, context) ? null : unknown(`Port ${claim.value}`, context);
    case 'name':
      return isKnownName(claim.value, context) ? null : unknown(`The name ${claim.value}`, context);
    case 'frame':
      return isKnownFrame(claim, context) ? null : unknown(`"${claim.text}"`, context);
    case 'time':
      return isKnownTime(claim.value, context) ? null : unknown(`The time ${claim.text}`, context);
    case 'term':
      return isAdvice(context) && !/^(?:cve|t1)/.test(claim.value)
        ? null
        : saysAnywhere(claim.value, context)
          ? null
          : unknown(`"${claim.text}"`, context);
    case 'quote':
      return isAdvice(context) || saysAnywhere(claim.value, context)
        ? null
        : `The quotation ${claim.text.slice(0, 80)} stands nowhere in the facts or in output that it cites.`;
    case 'filter':
      return faultOfFilter(claim.value, context);
    case 'number':
      return isAdvice(context) && !STATEMENT.test(context.words) ? null : faultOfNumber(claim, context);
  }
}

/** Advice may set new values; what it says of the past is a claim like any other. */
const STATEMENT =
  /\b(?:was|were|had|saw|seen|observed|showed|shows|failed|sent|received|measured|got|went|stayed|remained|lost|refused|because|since|given that|captured?)\b/i;

export const isAdvice = ({ section }: Context): boolean => section === 'Recommendations';

const unknown = (what: string, { cited, lines }: Context): string =>
  cited.length > 0 || lines.length > 0
    ? `${what} belongs to none of the findings and printed lines that it cites.`
    : `${what} was not measured, or needs the id of the finding or command that shows it.`;

/** What is asked about may be named where it is said to be absent, and in advice. */
const isAsked = (context: Context): boolean => context.negative || isAdvice(context);

function isKnownAddress(value: string, context: Context): boolean {
  const { evidence, cited, lines } = context;
  if (isAdvice(context) && AZURE.has(value)) return true;
  if (isAsked(context) && evidence.question.addresses.has(value)) return true;
  if (lines.some((line) => line.addresses.has(value) && supports(line, context))) return true;
  if (cited.some(({ addresses }) => addresses.has(value))) return true;
  const free = cited.length === 0 || isAdvice(context);
  return free && evidence.measured.addresses.has(value);
}

/** A printed line bears a sentence out only where it has more in common with it than one value. */
function supports(line: Text, { addresses, claims, concepts }: Context): boolean {
  const shared = [...addresses].filter((address) => line.addresses.has(address)).length;
  if (addresses.size > 1) return shared > 1;
  const ports = claims.some((claim) => claim.sort === 'port' && line.ports.has(claim.value));
  return ports || [...concepts].some((concept) => line.concepts.has(concept));
}

function isKnownNetwork(value: string, context: Context): boolean {
  if (isAdvice(context) && value === '0.0.0.0/0') return true;
  const bits = Number(value.split('/')[1]);
  if (context.evidence.measured.lower.includes(value)) return true;
  return (
    bits >= 16 && bits <= 32 && [...context.evidence.measured.addresses].some((one) => holds(value, one))
  );
}

function isKnownPort(
  { value, address }: { value: number; address: string | null },
  context: Context,
): boolean {
  const { evidence, cited, lines } = context;
  if (isAsked(context) && evidence.question.ports.has(value)) return true;
  // Tests of a path want some port of the client: IANA leaves these to anybody.
  if (isAdvice(context) && value >= 49_152) return true;
  const parties = address === null ? [...context.addresses] : [address];
  if (
    lines.some(
      (line) =>
        line.ports.has(value) && (address === null ? supports(line, context) : line.addresses.has(address)),
    )
  )
    return true;
  const has = ({ addresses, ports }: FindingEvidence): boolean =>
    ports.has(value) && (address === null || addresses.has(address));
  if (cited.some(has)) return true;
  // A finding lists its first ports only.
  const isOpen =
    cited.length === 0 ||
    isAdvice(context) ||
    cited.some(({ finding }) => finding.ports.length >= MOST_CITED);
  if (isOpen && parties.some((one) => evidence.services.has(`${one} ${value}`))) return true;
  const free = cited.length === 0 || isAdvice(context);
  return free && parties.length === 0 ? evidence.measured.ports.has(value) : false;
}

function isKnownName(value: string, context: Context): boolean {
  const { evidence, cited, lines } = context;
  const has = (names: ReadonlySet<string>): boolean =>
    [...names].some((name) => name === value || name.endsWith(`.${value}`));
  if (isAsked(context) && has(evidence.question.names)) return true;
  if (cited.some(({ said }) => has(said.names)) || lines.some(({ names }) => has(names))) return true;
  const hosts = new Set([...context.addresses, ...cited.flatMap(({ addresses }) => [...addresses])]);
  const ofHosts = evidence.facts.endpoints.flatMap(({ address, names }) =>
    hosts.has(address) ? names.map(({ name }) => name.toLowerCase()) : [],
  );
  if (has(new Set(ofHosts))) return true;
  return (cited.length === 0 || isAdvice(context)) && has(evidence.measured.names);
}

const MOST_CITED = 20;

function isKnownFrame({ from, to }: { from: number; to: number }, context: Context): boolean {
  const { packets } = context.evidence.facts.capture;
  if (from === 1 && to === packets) return true;
  if (to < from || to > packets) return false;
  const wanted =
    to - from < MOST_CITED ? Array.from({ length: to - from + 1 }, (_, index) => from + index) : [from, to];
  return wanted.every(
    (frame) =>
      context.cited.some(({ frames }) => frames.has(frame)) ||
      context.lines.some((line) => printsFrame(line, frame)),
  );
}

/** Where a line says which of its numbers are frames, no other number of it is one. */
function printsFrame(line: Text, frame: number): boolean {
  if (line.frames.length > 0) return line.frames.some(({ from, to }) => frame >= from && frame <= to);
  return /\bframes?\b|frame\.number/.test(line.lower)
    ? line.numbers.some(({ quantity }) => quantity.dimension === 'count' && quantity.values[0] === frame)
    : /^\s*\d+(?:\s|$)/.test(line.lower) && line.numbers[0]?.quantity.values[0] === frame;
}

function isKnownTime(value: string, context: Context): boolean {
  const { firstPacketAt, lastPacketAt } = context.evidence.facts.capture;
  const [first, last] = [firstPacketAt ?? '', lastPacketAt ?? ''];
  const known = [
    first,
    last,
    ...context.evidence.measured.times,
    ...context.scope.flatMap(({ said }) => said.times),
    ...context.lines.flatMap(({ times }) => times),
  ];
  if (
    /^\d{4}(?:-\d\d-\d\d)?$/.test(value) &&
    first.slice(0, value.length) <= value &&
    value <= last.slice(0, value.length)
  )
    return true;
  const isClock = /^\d{1,2}:/.test(value);
  return known.some((time) => (isClock ? (time.split('T')[1] ?? time) : time).startsWith(value));
}

/** Case, spaces and the spelling of versions apart, whether a text stands in the facts or in what was printed. */
function saysAnywhere(value: string, { evidence, lines, scope }: Context): boolean {
  const wanted = plain(value);
  const texts = [
    evidence.measured.lower,
    evidence.question.lower,
    ...scope.map(({ said }) => said.lower),
    ...lines.map(({ lower }) => lower),
  ];
  return wanted !== '' && texts.some((text) => plain(text).includes(wanted));
}

const plain = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[\s"'`]+/g, ' ')
    .replace(/\b(tls|ssl|smb|http|ssh|snmp)[ /]?v?(?=\d)/g, '$1 ')
    .trim();

function faultOfFilter(filter: string, context: Context): string | null {
  const run = context.evidence.filters.get(filter);
  const shown = filter.slice(0, 120);
  if (run === undefined) return `The filter ${shown} was not run, so nothing is known of it.`;
  if (!run.valid) return `tshark refuses the filter ${shown}.`;
  if (isAdvice(context)) return null;
  if (run.matched === null) return `The filter ${shown} was not run over the whole capture.`;
  return run.matched === 0 && !context.negative ? `The filter ${shown} matches no frame.` : null;
}
