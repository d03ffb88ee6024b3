import type { z } from 'zod';
import type { Analysis } from './analysis.ts';
import { CaptureFacts } from './facts.ts';
import type { AnalyzedUnit, MergedInput } from './merged-input.ts';
import { protocolSums } from './merged-tables.ts';

const MAX_LISTED = 200;

/** The facts of several files as one: sums where sums are honest, and null where they are not. */
export function summedFacts(input: MergedInput): CaptureFacts {
  const { units } = input;
  const analyses = units.map(({ analysis }) => analysis);
  return CaptureFacts.parse({
    capture: captureOf(units),
    conversations: analyses
      .flatMap(({ conversations }) => conversations)
      .toSorted((a, b) => b.bytes - a.bytes)
      .slice(0, MAX_LISTED),
    endpoints: analyses
      .flatMap(({ endpoints }) => endpoints)
      .toSorted((a, b) => b.bytes - a.bytes)
      .slice(0, MAX_LISTED),
    protocols: protocolSums(units).map(({ protocol, packets, bytes }) => ({ protocol, packets, bytes })),
    tcp: tcpOf(analyses),
    dns: dnsOf(analyses),
    notes: [SUMMED, ...input.notes, ...units.flatMap(labelledNotes)].slice(0, MAX_LISTED),
  });
}

const SUMMED =
  'Several files: figures are sums over them, and what passes between two of the machines is counted at both. Conversations and endpoints stand once for each file; medians, frame numbers and what else is not a sum are only in the analysis of each.';

const labelledNotes = ({ label, analysis }: AnalyzedUnit): string[] =>
  analysis.notes.map((note) => `${label}: ${note}`);

const joined = (texts: readonly string[]): string => [...new Set(texts)].slice(0, 10).join('; ');

type Outcomes = NonNullable<CaptureFacts['tcp']['outcomes']>;

/** A part without what has a default. */
type Given<Part extends keyof CaptureFacts> = z.input<typeof CaptureFacts>[Part];

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Over several files there is no one hash; the span is from the first packet of any to the last of any. */
function captureOf(units: readonly AnalyzedUnit[]): Given<'capture'> {
  const captures = units.map(({ analysis }) => analysis.capture);
  const [only] = captures;
  const starts = captures.flatMap(({ firstPacketAt }) => firstPacketAt ?? []).toSorted();
  const ends = captures.flatMap(({ lastPacketAt }) => lastPacketAt ?? []).toSorted();
  const [first = null] = starts;
  const last = ends.at(-1) ?? null;
  const span = first === null || last === null ? 0 : (Date.parse(last) - Date.parse(first)) / 1000;
  const damaged = units.flatMap(({ label, analysis }) =>
    analysis.capture.damaged === null ? [] : [`${label}: ${analysis.capture.damaged}`],
  );
  return {
    sha256: captures.length === 1 ? (only?.sha256 ?? '') : '',
    bytes: sum(captures.map(({ bytes }) => bytes)),
    format: joined(captures.map(({ format }) => format)),
    linkTypes: [...new Set(captures.flatMap(({ linkTypes }) => linkTypes))],
    packets: sum(captures.map(({ packets }) => packets)),
    dataBytes: sum(captures.map(({ dataBytes }) => dataBytes)),
    durationSeconds: Math.max(span, ...captures.map(({ durationSeconds }) => durationSeconds)),
    firstPacketAt: first,
    lastPacketAt: last,
    snappedPackets: sum(captures.map(({ snappedPackets }) => snappedPackets)),
    damaged: damaged.length === 0 ? null : damaged.slice(0, 20).join('; '),
  };
}

function tcpOf(analyses: readonly Analysis[]): Given<'tcp'> {
  const total = (pick: (tcp: CaptureFacts['tcp']) => number): number =>
    sum(analyses.map(({ tcp }) => pick(tcp)));
  return {
    connections: total((tcp) => tcp.connections),
    established: total((tcp) => tcp.established),
    refused: total((tcp) => tcp.refused),
    unanswered: total((tcp) => tcp.unanswered),
    retransmissions: total((tcp) => tcp.retransmissions),
    duplicateAcks: total((tcp) => tcp.duplicateAcks),
    outOfOrder: total((tcp) => tcp.outOfOrder),
    lostSegments: total((tcp) => tcp.lostSegments),
    zeroWindows: total((tcp) => tcp.zeroWindows),
    resets: total((tcp) => tcp.resets),
    medianHandshakeMs: null,
    fastRetransmissions: total((tcp) => tcp.fastRetransmissions),
    windowFull: total((tcp) => tcp.windowFull),
    dataSegments: total((tcp) => tcp.dataSegments),
    outcomes: outcomesOf(analyses),
  };
}

function dnsOf(analyses: readonly Analysis[]): Given<'dns'> {
  const rcodes = new Map<string, number>();
  for (const [name, count] of analyses.flatMap(({ dns }) => Object.entries(dns.rcodes))) {
    rcodes.set(name, (rcodes.get(name) ?? 0) + count);
  }
  return {
    queries: sum(analyses.map(({ dns }) => dns.queries)),
    responses: sum(analyses.map(({ dns }) => dns.responses)),
    unanswered: sum(analyses.map(({ dns }) => dns.unanswered)),
    rcodes: Object.fromEntries(rcodes),
    medianLatencyMs: null,
  };
}

/** Connections between two of the machines are counted at both, like everything else. */
function outcomesOf(analyses: readonly Analysis[]): CaptureFacts['tcp']['outcomes'] {
  const known = analyses.flatMap(({ tcp }) => tcp.outcomes ?? []);
  if (known.length < analyses.length) return null;
  const total = (pick: (outcomes: Outcomes) => number): number => sum(known.map(pick));
  return {
    closed: total(({ closed }) => closed),
    reset: total(({ reset }) => reset),
    idleKilled: total(({ idleKilled }) => idleKilled),
    stillOpen: total(({ stillOpen }) => stillOpen),
    stalled: total(({ stalled }) => stalled),
    refused: total(({ refused }) => refused),
    unanswered: total(({ unanswered }) => unanswered),
    halfOpen: total(({ halfOpen }) => halfOpen),
    unknown: total(({ unknown }) => unknown),
  };
}
