import { addBounded, addEvidence, createPairMap, noEvidence, type Evidence } from '../bounded.ts';
import { isGroupAddress, type Packet, type Transport } from '../packet.ts';
import { number, text } from '../row.ts';

/** DNS between one client and one server. */
export interface DnsPair {
  client: string;
  server: string;
  queries: Evidence;
  responses: number;
  /** Queries that nobody answered, with the client's ports and the numbers that find them again. */
  unanswered: Evidence;
  unansweredIds: Set<number>;
  unansweredPorts: { udp: Set<number>; tcp: Set<number> };
  lastUnansweredAt: number;
  firstUnansweredAt: number;
  nxdomain: Evidence;
  nxdomainFirstAt: number;
  nxdomainLastAt: number;
  nxdomainNames: Set<string>;
  servfail: Evidence;
  servfailNames: Set<string>;
  /** Names that this server did resolve for this client. */
  solvedNames: Set<string>;
  transfers: Evidence;
}

export interface DnsTable {
  pairs: DnsPair[];
  queries: number;
  responses: number;
  rcodes: Map<number, number>;
  /** Query to response, in seconds. */
  latencies: number[];
  /** Queries whose fate is unknown because too many were open at once. */
  forgotten: number;
}

interface Open {
  pair: DnsPair;
  frame: number;
  at: number;
  id: number;
  transport: Transport;
}

const MAX_PAIRS = 20_000;
const MAX_OPEN = 50_000;
const MAX_LATENCIES = 100_000;
const MAX_NAMES = 200;
const MAX_LISTED = 50;
const ZONE_TRANSFERS = new Set([251, 252]);

/** Unicast DNS over UDP and TCP: multicast name lookups expect no answer and are left out. */
export function createDns() {
  const pairs = createPairMap<DnsPair>(MAX_PAIRS, newPair);
  const open = new Map<string, Open[]>();
  let openCount = 0;
  const table: Omit<DnsTable, 'pairs'> = {
    queries: 0,
    responses: 0,
    rcodes: new Map(),
    latencies: [],
    forgotten: 0,
  };

  const addQuery = (packet: Packet, pair: DnsPair, id: number, transport: Transport): void => {
    table.queries += 1;
    addEvidence(pair.queries, packet.frame);
    if (openCount >= MAX_OPEN) {
      table.forgotten += 1;
      return;
    }
    const key = openKey(transport, id);
    const waiting = open.get(key);
    const entry = { pair, frame: packet.frame, at: packet.at, id, transport };
    if (waiting === undefined) open.set(key, [entry]);
    else waiting.push(entry);
    openCount += 1;
  };
  const addResponse = (packet: Packet, pair: DnsPair, key: string, rcode: number): void => {
    table.responses += 1;
    pair.responses += 1;
    table.rcodes.set(rcode, (table.rcodes.get(rcode) ?? 0) + 1);
    const waiting = open.get(key) ?? [];
    const first = waiting[0];
    if (first !== undefined && table.latencies.length < MAX_LATENCIES)
      table.latencies.push(packet.at - first.at);
    openCount -= waiting.length;
    open.delete(key);
    addOutcome(pair, packet, rcode);
  };
  return {
    add(packet: Packet): void {
      const { transport, source, target, row } = packet;
      const id = number(row, 'dns.id');
      const flags = number(row, 'dns.flags');
      if (transport === null || source === null || target === null || id === null || flags === null) return;
      if (!packet.layers.includes('dns')) return;
      const isResponse = (flags & 0x8000) !== 0;
      const [client, server] = isResponse ? [target, source] : [source, target];
      const pair = isGroupAddress(server) ? null : pairs.at(client, server);
      if (pair === null) return;
      if (isResponse) addResponse(packet, pair, openKey(transport, id), flags & 0xf);
      else addQuery(packet, pair, id, transport);
    },
    finish(): DnsTable {
      for (const entry of [...open.values()].flat()) addUnanswered(entry);
      for (const pair of pairs.values()) pair.unanswered.frames.sort((a, b) => a - b);
      return { ...table, pairs: pairs.values() };
    },
  };
}

const openKey = ({ kind, stream }: Transport, id: number): string => `${kind} ${stream} ${id}`;

function newPair(client: string, server: string): DnsPair {
  return {
    client,
    server,
    queries: noEvidence(),
    responses: 0,
    unanswered: noEvidence(),
    unansweredIds: new Set(),
    unansweredPorts: { udp: new Set(), tcp: new Set() },
    firstUnansweredAt: Infinity,
    lastUnansweredAt: -Infinity,
    nxdomain: noEvidence(),
    nxdomainFirstAt: Infinity,
    nxdomainLastAt: -Infinity,
    nxdomainNames: new Set(),
    servfail: noEvidence(),
    servfailNames: new Set(),
    solvedNames: new Set(),
    transfers: noEvidence(),
  };
}

function addUnanswered({ pair, frame, at, id, transport }: Open): void {
  addEvidence(pair.unanswered, frame);
  addBounded(pair.unansweredIds, id, MAX_LISTED + 1);
  addBounded(pair.unansweredPorts[transport.kind], transport.sourcePort, MAX_LISTED + 1);
  pair.firstUnansweredAt = Math.min(pair.firstUnansweredAt, at);
  pair.lastUnansweredAt = Math.max(pair.lastUnansweredAt, at);
}

function addOutcome(pair: DnsPair, packet: Packet, rcode: number): void {
  const name = text(packet.row, 'dns.qry.name').slice(0, 255).toLowerCase();
  if (rcode === 0) {
    addBounded(pair.solvedNames, name, MAX_NAMES);
    if (ZONE_TRANSFERS.has(number(packet.row, 'dns.qry.type') ?? 0))
      addEvidence(pair.transfers, packet.frame);
  } else if (rcode === 2) {
    addEvidence(pair.servfail, packet.frame);
    addBounded(pair.servfailNames, name, MAX_NAMES);
  } else if (rcode === 3) {
    addEvidence(pair.nxdomain, packet.frame);
    addBounded(pair.nxdomainNames, name, MAX_NAMES);
    pair.nxdomainFirstAt = Math.min(pair.nxdomainFirstAt, packet.at);
    pair.nxdomainLastAt = Math.max(pair.nxdomainLastAt, packet.at);
  }
}
