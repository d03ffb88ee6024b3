import { hinted, inferred, measured } from '../../../domain/confidence.ts';
import type { FindingDraft } from '../../../domain/finding.ts';
import { mergeEvidence } from '../bounded.ts';
import { draft, grade, times, type Detector } from '../draft.ts';
import { all, any, between, from, notQuoted, oneOf, toAny } from '../filter.ts';
import { oneSidedHosts } from '../recording.ts';
import type { DnsPair } from '../tables/dns.ts';
import { isDnsTunnel } from './tunnels.ts';
import type { Tables } from '../tables.ts';

/** Queries without an answer: servers that stay silent altogether, and servers that leave some out. */
export const dnsNoResponse: Detector = { kind: 'dns_no_response', detect };

const SILENT_QUERIES = 3;
const MANY_UNANSWERED = 5;
const UNANSWERED_SHARE = 0.2;
const MAX_LISTED = 50;
/** A query this close to the end of the capture may have been answered after it. */
const GRACE_SECONDS = 2;

function detect(tables: Tables): FindingDraft[] {
  const { dns, dnsNames, overview } = tables;
  const halved = oneSidedHosts(tables);
  // A tunnel asks more than it is answered, and is told as such.
  const tunnels = new Set(dnsNames.filter(isDnsTunnel).map(({ client, server }) => `${client} ${server}`));
  const lacking = dns.pairs.filter(
    ({ unanswered, responses, client, server }) =>
      unanswered.count > 0 && !(responses > 0 && tunnels.has(`${client} ${server}`)),
  );
  const groups = Map.groupBy(lacking, (pair) =>
    pair.responses === 0 ? `silent ${pair.client}` : `${pair.client} ${pair.server}`,
  );
  const end = overview.lastAt ?? 0;
  return [...groups.values()].flatMap((pairs) => {
    const [first] = pairs;
    if (first === undefined) return [];
    const draft =
      first.responses === 0 ? silent(first.client, pairs, overview.quotes) : partial(first, overview.quotes);
    if (first.responses === 0 && halved.has(first.client)) return [doubted(draft)];
    const tooFresh = pairs.every((pair) => end - pair.firstUnansweredAt < GRACE_SECONDS);
    return [
      tooFresh
        ? {
            ...draft,
            severity: 'info' as const,
            ...hinted('the capture ended before an answer was due'),
          }
        : draft,
    ];
  });
}

/** Where the capture lacks the other direction of a client's connections, it lacks the answers to its queries too. */
const doubted = (draft: FindingDraft): FindingDraft => ({
  ...draft,
  severity: 'info',
  ...hinted('other connections of this client lack the same direction'),
  explanation: `${draft.explanation} But other connections of this client were recorded in one direction only: do not trust it.`,
});

function silent(client: string, pairs: readonly DnsPair[], quotes: boolean): FindingDraft {
  const evidence = mergeEvidence(pairs.map((pair) => pair.unanswered));
  const servers = pairs.map((pair) => pair.server);
  const listed = servers.length <= MAX_LISTED;
  return draft('dns_no_response', {
    title: `${servers.length === 1 ? servers[0] : `${servers.length} DNS servers`} never answered ${client}`,
    severity: grade([['high', evidence.count >= SILENT_QUERIES]], 'low'),
    ...measured(evidence.count, SILENT_QUERIES, 'queries and no answer at all'),
    actor: servers,
    target: [client],
    ports: [53],
    evidence,
    filter: all('dns.flags.response == 0', from(client), listed && toAny(servers), notQuoted(quotes)),
    matching: listed ? evidence.count : null,
    explanation: `${times(evidence.count, 'query')} went out and no answer came back at all.`,
    alternatives:
      'A server that is down, a firewall on UDP port 53, or answers that take another path than the capture point.',
    notChecked: 'Whether the queries reached the server.',
  });
}

function partial(pair: DnsPair, quotes: boolean): FindingDraft {
  const { client, server, unanswered, queries } = pair;
  // Ports, not stream numbers: versions of tshark number streams differently.
  const { udp, tcp } = pair.unansweredPorts;
  const few = Math.max(udp.size, tcp.size, pair.unansweredIds.size) <= MAX_LISTED;
  const byPort = [
    ...(udp.size > 0 ? [oneOf('udp.srcport', udp)] : []),
    ...(tcp.size > 0 ? [oneOf('tcp.srcport', tcp)] : []),
  ];
  const share = unanswered.count / Math.max(queries.count, 1);
  return draft('dns_no_response', {
    title: `${server} left ${unanswered.count} of ${queries.count} queries of ${client} without an answer`,
    severity: grade([['medium', unanswered.count >= MANY_UNANSWERED && share >= UNANSWERED_SHARE]], 'low'),
    ...inferred('the server did answer others, so single answers may have been lost'),
    actor: [server],
    target: [client],
    ports: [53],
    evidence: unanswered,
    filter: all(
      'dns.flags.response == 0',
      between(client, server),
      few && all(any(...byPort), oneOf('dns.id', pair.unansweredIds)),
      notQuoted(quotes),
    ),
    matching: few ? unanswered.count : queries.count,
    explanation: `${unanswered.count} of ${queries.count} queries (${(share * 100).toFixed(0)} %) got no answer within the capture.`,
    alternatives: 'Loss on the path, rate limiting at the server, or a slow upstream.',
    notChecked: 'Whether a repeated query was answered.',
  });
}
