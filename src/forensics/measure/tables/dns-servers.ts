import { addBounded, createBoundedMap } from '../bounded.ts';
import { isGroupAddress, type Packet } from '../packet.ts';
import { number, text } from '../row.ts';
import { createTally, type Tally } from '../tally.ts';

/** How one DNS server answered. */
export interface DnsServerRow {
  server: string;
  clients: Set<string>;
  queries: number;
  responses: number;
  /** Responses with a code other than NOERROR. */
  failures: number;
  /** Query to response, in seconds, at most MAX_LATENCIES. */
  latencies: number[];
}

export interface DnsServerTable {
  servers: DnsServerRow[];
  names: Tally;
  types: Tally;
}

const MAX_SERVERS = 5_000;
const MAX_CLIENTS = 5_000;
const MAX_OPEN = 50_000;
const MAX_LATENCIES = 20_000;
const RESPONSE = 0x8000;
/** Names of RFC 1035 and its successors for what people meet. */
const TYPES: Record<number, string> = {
  1: 'A',
  2: 'NS',
  5: 'CNAME',
  6: 'SOA',
  10: 'NULL',
  12: 'PTR',
  15: 'MX',
  16: 'TXT',
  28: 'AAAA',
  33: 'SRV',
  35: 'NAPTR',
  43: 'DS',
  48: 'DNSKEY',
  64: 'SVCB',
  65: 'HTTPS',
  251: 'IXFR',
  252: 'AXFR',
  255: 'ANY',
};

/** Unicast DNS per server, and what was asked. */
export function createDnsServers() {
  const servers = createBoundedMap<DnsServerRow>(MAX_SERVERS, (server) => ({
    server,
    clients: new Set(),
    queries: 0,
    responses: 0,
    failures: 0,
    latencies: [],
  }));
  const open = new Map<string, number>();
  const names = createTally(20_000);
  const types = createTally(300);
  return {
    add({ row, layers, transport, source, target, at }: Packet): void {
      if (transport === null || source === null || target === null || !layers.includes('dns')) return;
      const flags = number(row, 'dns.flags');
      const id = number(row, 'dns.id');
      if (flags === null || id === null) return;
      const isResponse = (flags & RESPONSE) !== 0;
      const host = isResponse ? source : target;
      const server = isGroupAddress(host) ? null : servers.at(host);
      if (server === null) return;
      const key = `${transport.kind} ${transport.stream} ${id}`;
      if (isResponse) {
        const asked = open.get(key);
        if (asked !== undefined && server.latencies.length < MAX_LATENCIES) server.latencies.push(at - asked);
        open.delete(key);
        server.responses += 1;
        if ((flags & 0xf) !== 0) server.failures += 1;
        return;
      }
      server.queries += 1;
      addBounded(server.clients, source, MAX_CLIENTS);
      if (!open.has(key) && open.size < MAX_OPEN) open.set(key, at);
      names.add(text(row, 'dns.qry.name').toLowerCase());
      const type = number(row, 'dns.qry.type');
      if (type !== null) types.add(TYPES[type] ?? `TYPE${type}`);
    },
    finish: (): DnsServerTable => ({ servers: servers.values(), names, types }),
  };
}
