import type { FindingDraft } from '../../../domain/finding.ts';
import { addEvidence, noEvidence } from '../bounded.ts';
import { draft, duration, type Detector } from '../draft.ts';
import { all, between, notQuoted, SYN_ONLY } from '../filter.ts';
import { isGroupAddress } from '../packet.ts';
import type { Connection } from '../tables/tcp.ts';
import type { Tables } from '../tables.ts';

/** Connections to one service at regular intervals. Most such programs are honest, so it is never more than low. */
export const beaconing: Detector = { kind: 'beaconing', detect };

const CONNECTIONS = 10;
/** Faster than this is one task that uses several connections. */
const SHORTEST_GAP = 1;
/** RITA (Active Countermeasures) scores the median absolute deviation of the gaps; this is a fifth of their median. */
const DEVIATION_SHARE = 0.2;
/** Bowley skewness of the gaps, as RITA uses it: 0 is symmetrical. */
const SKEW = 0.5;
/** Where the gaps are as close together as this, their skewness says nothing. */
const TIGHT_SHARE = 0.1;
const MAX_CALLS = 10_000;

function detect({ tcp, overview }: Tables): FindingDraft[] {
  const calls = tcp.connections.filter(({ syns, server }) => syns.count > 0 && !isGroupAddress(server));
  const groups = Map.groupBy(calls, ({ client, server, serverPort }) => `${client} ${server} ${serverPort}`);
  return [...groups.values()].flatMap((group) => judge(group, overview.quotes));
}

function judge(group: readonly Connection[], quotes: boolean): FindingDraft[] {
  const [first] = group;
  if (first === undefined || group.length < CONNECTIONS || group.length > MAX_CALLS) return [];
  const starts = group.map(({ firstAt }) => firstAt).toSorted((a, b) => a - b);
  const gaps = starts.slice(1).map((at, index) => at - (starts[index] ?? at));
  const middle = quantile(gaps, 0.5);
  if (middle < SHORTEST_GAP) return [];
  const deviation = quantile(
    gaps.map((gap) => Math.abs(gap - middle)),
    0.5,
  );
  const low = quantile(gaps, 0.25);
  const high = quantile(gaps, 0.75);
  const skew = high - low <= middle * TIGHT_SHARE ? 0 : (low + high - 2 * middle) / (high - low);
  if (deviation > middle * DEVIATION_SHARE || Math.abs(skew) > SKEW) return [];
  const { client, server, serverPort } = first;
  const evidence = noEvidence();
  for (const frame of group.flatMap(({ syns }) => syns.frames.slice(0, 1)).toSorted((a, b) => a - b)) {
    addEvidence(evidence, frame);
  }
  return [
    draft('beaconing', {
      title: `${client} connects to ${server} port ${serverPort} every ${duration(middle)}`,
      severity: 'low',
      confidence: deviation <= middle * 0.05 ? 'high' : 'medium',
      actor: [client],
      target: [server],
      ports: [serverPort],
      evidence,
      filter: all(SYN_ONLY, between(client, server), `tcp.dstport == ${serverPort}`, notQuoted(quotes)),
      explanation: `${group.length} connections, ${duration(middle)} apart in the median, with a median deviation of ${duration(deviation)}: a program calls by the clock.`,
      alternatives: 'Monitoring, polling, synchronisation: most programs that call regularly are wanted.',
      notChecked: 'What is said, and regular calls inside one long connection.',
    }),
  ];
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
}
