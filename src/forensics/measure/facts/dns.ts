import type { CaptureFacts } from '../../../domain/facts.ts';
import type { Tables } from '../tables.ts';
import { latencyOf, medianMs, sum, top } from './figures.ts';

/** Names of RFC 6895. */
const RCODES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'];

const MAX_SERVERS = 20;
const MAX_NAMES = 25;
const MAX_TYPES = 15;

/** Unicast DNS over the whole capture and per server. */
export function dnsHealth({ dns, dnsServers }: Tables): CaptureFacts['dns'] {
  const { queries, responses, rcodes, latencies, pairs } = dns;
  const unanswered = Map.groupBy(pairs, ({ server }) => server);
  const servers = dnsServers.servers
    .toSorted((a, b) => b.queries - a.queries || b.responses - a.responses)
    .map(({ server, clients, latencies: answered, ...counts }) => ({
      ...counts,
      server,
      clients: clients.size,
      unanswered: sum((unanswered.get(server) ?? []).map((pair) => pair.unanswered.count)),
      latency: latencyOf(answered),
    }));
  return {
    queries,
    responses,
    unanswered: sum(pairs.map((pair) => pair.unanswered.count)),
    rcodes: Object.fromEntries([...rcodes].map(([code, count]) => [RCODES[code] ?? `RCODE${code}`, count])),
    medianLatencyMs: medianMs(latencies),
    latency: latencyOf(latencies),
    servers: top(servers, MAX_SERVERS),
    names: top(dnsServers.names.rows(), MAX_NAMES),
    types: top(dnsServers.types.rows(), MAX_TYPES),
  };
}
