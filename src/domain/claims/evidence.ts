import type { CaptureFacts } from '../facts.ts';
import type { Finding } from '../finding.ts';
import { FINDING_KINDS } from '../finding-kinds.ts';
import { canonicalAddress } from './addresses.ts';
import type { Claim, NumberClaim } from './claim.ts';
import { conceptsIn } from './concepts.ts';
import { factItems, type Item } from './fact-items.ts';
import { readClaims } from './read-claims.ts';

/** What a text of ours, or a line that a command printed, says. */
export interface Text {
  lower: string;
  addresses: ReadonlySet<string>;
  names: ReadonlySet<string>;
  ports: ReadonlySet<number>;
  frames: readonly { from: number; to: number }[];
  times: readonly string[];
  numbers: readonly NumberClaim[];
  concepts: ReadonlySet<string>;
}

export interface FindingEvidence {
  finding: Finding;
  /** Its title, explanation and filter. */
  said: Text;
  /** What else may be behind it, for possibilities. */
  possible: Text;
  addresses: ReadonlySet<string>;
  ports: ReadonlySet<number>;
  frames: ReadonlySet<number>;
  /** Of its kind and title: they hold for every number of it. */
  concepts: ReadonlySet<string>;
  items: readonly Item[];
}

/** What came of running a filter that prose cites: null matches where it was not run over the whole capture. */
export interface FilterRun {
  valid: boolean;
  matched: number | null;
}

/** Everything that a claim may rest on. */
export interface Evidence {
  facts: CaptureFacts;
  findings: ReadonlyMap<string, FindingEvidence>;
  items: readonly Item[];
  /** Lines that each command printed; empty where its output was not kept. */
  outputs: ReadonlyMap<string, readonly Text[]>;
  /** Of facts and findings. */
  measured: Text;
  /** Ports by the address that serves them, and all that are known. */
  services: ReadonlySet<string>;
  question: Text;
  filters: ReadonlyMap<string, FilterRun>;
}

export interface EvidenceInput {
  facts: CaptureFacts;
  findings: readonly Finding[];
  /** By command id; what no command printed is not in it. */
  outputs: ReadonlyMap<string, string>;
  /** The caller's question: what it names may be repeated, and is no evidence. */
  question: string | null;
  filters?: ReadonlyMap<string, FilterRun>;
}

const MAX_LINES = 4_000;

export function evidenceOf({ facts, findings, outputs, question, filters }: EvidenceInput): Evidence {
  const each = findings.map((finding): [string, FindingEvidence] => [finding.id, findingEvidence(finding)]);
  const printed = new Map<string, readonly Text[]>();
  const byText = new Map<string, readonly Text[]>();
  for (const [id, output] of outputs) {
    const lines = byText.get(output) ?? linesOf(output);
    byText.set(output, lines);
    printed.set(id, lines);
  }
  const { coverage: _coverage, ...told } = facts;
  const strings = [...new Set(stringsIn(told))];
  const texts = [...strings.map(textOf), ...each.flatMap(([, { said }]) => said)];
  const roles = facts.endpoints.flatMap(({ address, roles: all }) =>
    all.flatMap((role) => [...role.matchAll(/\d+/g)].map(([port]) => `${canonicalAddress(address)} ${port}`)),
  );
  const ofFindings = each.flatMap(([, { addresses, ports }]) =>
    [...addresses].flatMap((address) => [...ports].map((port) => `${address} ${port}`)),
  );
  return {
    facts,
    findings: new Map(each),
    items: factItems(facts, findings),
    outputs: printed,
    measured: joined(texts, findings),
    services: new Set([...roles, ...ofFindings]),
    question: textOf(question ?? ''),
    filters: filters ?? new Map<string, FilterRun>(),
  };
}

/** A text taken apart by the same reader as prose, so that both are compared like with like. */
export function textOf(text: string): Text {
  const { claims } = readClaims(text);
  const bare = canonicalAddress(text.trim());
  const ports = claims.flatMap((claim) => (claim.sort === 'port' ? [claim.value] : []));
  return {
    lower: text.toLowerCase(),
    addresses: new Set([
      ...only(claims, 'address').map(({ value }) => value),
      ...(bare === null ? [] : [bare]),
    ]),
    names: new Set(only(claims, 'name').map(({ value }) => value)),
    ports: new Set([
      ...ports,
      ...[...text.matchAll(/\bport *(?:==|in)? *\{?(\d{1,5})/g)].map(([, port]) => Number(port)),
    ]),
    frames: only(claims, 'frame').map(({ from, to }) => ({ from, to })),
    times: only(claims, 'time').map(({ value }) => value),
    numbers: only(claims, 'number'),
    concepts: conceptsIn(text),
  };
}

const only = <Sort extends Claim['sort']>(
  claims: readonly Claim[],
  sort: Sort,
): Extract<Claim, { sort: Sort }>[] =>
  claims.filter((claim): claim is Extract<Claim, { sort: Sort }> => claim.sort === sort);

/** Lines of output; each also answers for the title and the head of the table that it stands under. */
function linesOf(output: string): Text[] {
  let title = '';
  return output
    .split('\n')
    .slice(0, MAX_LINES)
    .map((line) => {
      if (/^(?:==|--|##)/.test(line)) title = line;
      const own = textOf(withCommas(line.slice(0, 1_000).replaceAll('\t', ' ; ')));
      const above = conceptsIn(title);
      return {
        ...own,
        lower: `${title.toLowerCase()} ${own.lower}`,
        concepts: new Set([...own.concepts, ...above]),
      };
    });
}

/** Scripts print frames one behind the other: "frames 3 5 7". */
const withCommas = (line: string): string =>
  line.replace(/(?<=\bframes?\b[ :]*)\d+(?: \d+)+/gi, (frames) => frames.replaceAll(' ', ', '));

function findingEvidence(finding: Finding): FindingEvidence {
  const { kind, title, explanation, filter, actor, target, alternatives, notChecked } = finding;
  const said = textOf(`${title}. ${explanation}`);
  const proof = filterText(filter);
  const concepts = conceptsIn([kind.replaceAll('_', ' '), FINDING_KINDS[kind].counts ?? '', title].join(' '));
  const parties = [...actor, ...target].map((address) => canonicalAddress(address) ?? address.toLowerCase());
  return {
    finding,
    said: {
      ...said,
      lower: `${said.lower} ${filter.toLowerCase()}`,
      names: new Set([...said.names, ...proof.names]),
    },
    possible: textOf(`${alternatives}. ${notChecked}`),
    addresses: new Set([...parties, ...said.addresses, ...proof.addresses]),
    ports: new Set([...finding.ports, ...said.ports, ...proof.ports]),
    frames: new Set([...finding.frames, ...said.frames.flatMap(({ from, to }) => [from, to])]),
    concepts,
    items: [...countItems(finding, concepts), ...said.numbers.map((number) => textItem(number))],
  };
}

/** Values compared in a filter: the text of a display filter is no prose, but it names whom it is about. */
const filterText = (filter: string): Text => textOf(filter.replace(/[=!<>&|(){}"]+/g, ' '));

function countItems(finding: Finding, concepts: ReadonlySet<string>): Item[] {
  const of = (value: number | null, own: string[], path: string): Item[] =>
    value === null
      ? []
      : [
          {
            value,
            dimension: 'count',
            own: new Set(),
            all: new Set([...concepts, ...own]),
            about: [],
            tag: null,
            path,
          },
        ];
  return [
    ...of(finding.count, [], 'count'),
    ...of(finding.matching, ['packet'], 'matching'),
    ...of(finding.evidenceCheck.matched, ['packet'], 'matching'),
    ...of(finding.actor.length, ['endpoint', 'client', 'server'], 'parties'),
    ...of(finding.target.length, ['endpoint', 'client', 'server'], 'parties'),
    ...of(finding.ports.length < 20 ? finding.ports.length : null, ['port'], 'ports'),
  ];
}

function textItem({ quantity, concepts, whole }: NumberClaim): Item {
  const value = quantity.values.at(-1) ?? 0;
  return {
    value,
    dimension: quantity.dimension,
    own: new Set(),
    all: concepts,
    about: [],
    tag: null,
    path: whole ? 'whole' : 'said',
  };
}

function joined(texts: readonly Text[], findings: readonly Finding[]): Text {
  const all = <T>(of: (text: Text) => Iterable<T>): Set<T> => new Set(texts.flatMap((text) => [...of(text)]));
  return {
    lower: texts.map(({ lower }) => lower).join('\n'),
    addresses: new Set([
      ...all(({ addresses }) => addresses),
      ...findings.flatMap(({ actor, target }) =>
        [...actor, ...target].map((one) => canonicalAddress(one) ?? one),
      ),
    ]),
    names: all(({ names }) => names),
    ports: new Set([...all(({ ports }) => ports), ...findings.flatMap(({ ports }) => ports)]),
    frames: [],
    times: [...all(({ times }) => times)],
    numbers: [],
    concepts: all(({ concepts }) => concepts),
  };
}

/** Every text among the facts, keys that hold values of packets included. */
function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(stringsIn);
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === 'rcodes' ? Object.keys(inner ?? {}) : stringsIn(inner),
  );
}
