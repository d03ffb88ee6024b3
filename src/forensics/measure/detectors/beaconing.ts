import { confirmed } from '../../../domain/confidence.ts';
import type { FindingDraft } from '../../../domain/finding.ts';
import { evidenceOf } from '../bounded.ts';
import type { HttpExchange } from '../content/http-exchange.ts';
import { matches } from '../content/sign.ts';
import { draft, duration, type Detector } from '../draft.ts';
import { all, between, notQuoted, SYN_ONLY } from '../filter.ts';
import { isGroupAddress } from '../packet.ts';
import type { Connection } from '../tables/tcp.ts';
import type { Tables } from '../tables.ts';

/** Connections to one service at regular intervals. Most such programs are honest, so it is never more than low. */
export const beaconing: Detector = { kind: 'beaconing', detect };

const CALLS = 10;
/** Faster than this is one task that uses several connections. */
const SHORTEST_GAP = 1;
/** RITA (Active Countermeasures) scores the median absolute deviation of the gaps; this is a fifth of their median. */
const DEVIATION_SHARE = 0.2;
/** Bowley skewness of the gaps, as RITA uses it: 0 is symmetrical. */
const SKEW = 0.5;
/** Where the gaps are as close together as this, their skewness says nothing. */
const TIGHT_SHARE = 0.1;
const MAX_CALLS = 10_000;

/** Calls of one host to one service. */
interface Calls {
  client: string;
  server: string;
  port: number;
  what: 'connections' | 'requests';
  calls: { at: number; frame: number }[];
  filter: string;
}

function detect({ tcp, contents, overview }: Tables): FindingDraft[] {
  const opened = tcp.connections.filter(({ syns, server }) => syns.count > 0 && !isGroupAddress(server));
  const byService = Map.groupBy(
    opened,
    ({ client, server, serverPort }) => `${client} ${server} ${serverPort}`,
  );
  const connections = [...byService.values()].flatMap((group) =>
    judge(connectionsOf(group, overview.quotes)),
  );
  const told = new Set(connections.map(({ actor, target }) => `${actor.join()} ${target.join()}`));
  const byPath = Map.groupBy(
    contents.exchanges.filter(({ client, server }) => !told.has(`${client} ${server}`)),
    ({ client, server, method, uri }) => `${client} ${server} ${method} ${uri.split('?')[0]}`,
  );
  return [...connections, ...[...byPath.values()].flatMap((group) => judge(requestsOf(group)))];
}

function connectionsOf(group: readonly Connection[], quotes: boolean): Calls | null {
  const [first] = group;
  if (first === undefined) return null;
  const { client, server, serverPort: port } = first;
  return {
    client,
    server,
    port,
    what: 'connections',
    calls: group.map(({ firstAt, syns }) => ({ at: firstAt, frame: syns.frames[0] ?? 0 })),
    filter: all(SYN_ONLY, between(client, server), `tcp.dstport == ${port}`, notQuoted(quotes)),
  };
}

function requestsOf(group: readonly HttpExchange[]): Calls | null {
  const [first] = group;
  if (first === undefined) return null;
  const { client, server, port, method } = first;
  return {
    client,
    server,
    port,
    what: 'requests',
    calls: group.map(({ requestAt, requestFrame }) => ({ at: requestAt, frame: requestFrame })),
    filter: all(between(client, server), matches('tcp', `^${method} `)),
  };
}

function judge(group: Calls | null): FindingDraft[] {
  if (group === null || group.calls.length < CALLS || group.calls.length > MAX_CALLS) return [];
  const { client, server, port, what, filter } = group;
  const calls = group.calls.toSorted((a, b) => a.at - b.at);
  const gaps = calls.slice(1).map(({ at }, index) => at - (calls[index]?.at ?? at));
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
  return [
    draft('beaconing', {
      title: `${client} calls ${server} port ${port} every ${duration(middle)}`,
      severity: 'low',
      ...confirmed(
        deviation <= middle * 0.05,
        'the gaps differ by less than a twentieth',
        'the gaps are alike, but not as even as a clock makes them',
      ),
      actor: [client],
      target: [server],
      ports: [port],
      evidence: evidenceOf(calls.map(({ frame }) => frame)),
      filter,
      explanation:
        `${calls.length} ${what}, ${duration(middle)} apart in the median, with a median deviation of ${duration(deviation)}: ` +
        'a program calls by the clock.',
      alternatives: 'Monitoring, polling, synchronisation: most programs that call regularly are wanted.',
      notChecked: 'What is said, and regular calls inside one encrypted connection.',
    }),
  ];
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
}
