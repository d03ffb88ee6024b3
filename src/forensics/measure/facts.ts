import type { CaptureFacts } from '../../domain/facts.ts';
import type { InspectedFile } from '../../ports.ts';
import type { Tables } from './tables.ts';

const MAX_ROWS = 200;

/** A file whose hash is there by now. */
export type HashedFile = Pick<InspectedFile, 'bytes' | 'format' | 'packing'> & { sha256: string };

/** What the reading of the file adds to the tables. */
export interface ReadingOutcome {
  damaged: string | null;
  linkTypes: string[];
  notes: string[];
}

/** The tables as the published facts. */
export function toFacts(file: HashedFile, tables: Tables, reading: ReadingOutcome): CaptureFacts {
  const { overview, talkers, tcp, dns, protocols } = tables;
  const start = overview.firstAt ?? 0;
  return {
    capture: {
      sha256: file.sha256,
      bytes: file.bytes,
      format: file.packing === undefined ? file.format : `${file.format}, packed with ${file.packing}`,
      linkTypes: reading.linkTypes.length > 0 ? reading.linkTypes : [...overview.links],
      packets: overview.packets,
      dataBytes: overview.dataBytes,
      durationSeconds: rounded((overview.lastAt ?? start) - start),
      firstPacketAt: isoTime(overview.firstAt),
      lastPacketAt: isoTime(overview.lastAt),
      snappedPackets: overview.snapped,
      damaged: reading.damaged,
    },
    conversations: conversations(talkers, start),
    endpoints: endpoints(talkers),
    protocols: protocols.slice(0, MAX_ROWS).map(({ path, ...share }) => ({ protocol: path, ...share })),
    tcp: tcpHealth(tcp),
    dns: dnsHealth(dns),
    notes: [...reading.notes, ...limits(tables)],
  };
}

function conversations(talkers: Tables['talkers'], start: number): CaptureFacts['conversations'] {
  const rows = talkers.pairs.map(({ firstAt, lastAt, ...pair }) => ({
    ...pair,
    packets: pair.packetsAToB + pair.packetsBToA,
    bytes: pair.bytesAToB + pair.bytesBToA,
    startSeconds: rounded(firstAt - start),
    durationSeconds: rounded(lastAt - firstAt),
  }));
  return rows.toSorted((x, y) => y.bytes - x.bytes).slice(0, MAX_ROWS);
}

function endpoints(talkers: Tables['talkers']): CaptureFacts['endpoints'] {
  const rows = talkers.hosts.map((host) => ({
    ...host,
    packets: host.sentPackets + host.receivedPackets,
    bytes: host.sentBytes + host.receivedBytes,
  }));
  return rows.toSorted((x, y) => y.bytes - x.bytes).slice(0, MAX_ROWS);
}

function tcpHealth({ connections, lostSegments }: Tables['tcp']): CaptureFacts['tcp'] {
  const sides = connections.flatMap(({ fromClient, fromServer }) => [fromClient, fromServer]);
  const sum = (count: (side: (typeof sides)[number]) => number): number =>
    sides.reduce((total, side) => total + count(side), 0);
  const refusals = connections.reduce((total, { refusals }) => total + refusals.count, 0);
  const handshakes = connections
    .map(({ handshakeSeconds }) => handshakeSeconds)
    .filter((value) => value !== null);
  return {
    connections: connections.length,
    established: connections.filter(({ established }) => established).length,
    refused: connections.filter(({ refusals }) => refusals.count > 0).length,
    unanswered: connections.filter(
      ({ syns, synAcks, fromServer }) => syns.count > 0 && synAcks === 0 && fromServer.packets === 0,
    ).length,
    retransmissions: sum((side) => side.retransmissions.count),
    duplicateAcks: sum((side) => side.duplicateAcks.count),
    outOfOrder: sum((side) => side.outOfOrder),
    lostSegments,
    zeroWindows: sum((side) => side.zeroWindows.count),
    resets: sum((side) => side.resets.count) + refusals,
    medianHandshakeMs: medianMs(handshakes),
  };
}

/** Names of RFC 6895. */
const RCODES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'];

function dnsHealth({ queries, responses, rcodes, latencies, pairs }: Tables['dns']): CaptureFacts['dns'] {
  return {
    queries,
    responses,
    unanswered: pairs.reduce((total, pair) => total + pair.unanswered.count, 0),
    rcodes: Object.fromEntries([...rcodes].map(([code, count]) => [RCODES[code] ?? `RCODE${code}`, count])),
    medianLatencyMs: medianMs(latencies),
  };
}

function limits({ overview, talkers, tcp, dns }: Tables): string[] {
  const notes: [boolean, string][] = [
    [
      overview.snapped > 0,
      `${overview.snapped} packets were recorded only in part: what lies behind the cut was not seen.`,
    ],
    [
      overview.oversized > 0,
      `${overview.oversized} TCP frames are longer than Ethernet carries without jumbo frames: if the network card cuts or joins ` +
        'segments (offload), sizes, segment counts and retransmissions here are those of the host, not of the wire.',
    ],
    [
      overview.backInTime > 0,
      `${overview.backInTime} packets lie before the packet in front of them in time.`,
    ],
    [
      talkers.refused > 0,
      `The tables of hosts and conversations were full: ${talkers.refused} packets are not in them.`,
    ],
    [tcp.refused > 0, `The table of TCP connections was full: ${tcp.refused} packets are not in it.`],
    [dns.forgotten > 0, `Too many DNS queries were open at once: the fate of ${dns.forgotten} is unknown.`],
  ];
  return notes.filter(([holds]) => holds).map(([, note]) => note);
}

const rounded = (seconds: number): number => Math.round(seconds * 1e6) / 1e6;

/** ISO 8601 UTC; null for a time that no calendar has. */
function isoTime(at: number | null): string | null {
  const date = at === null ? null : new Date(at * 1000);
  return date === null || Number.isNaN(date.getTime()) ? null : date.toISOString();
}

function medianMs(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)];
  return middle === undefined ? null : Math.round(middle * 1e6) / 1e3;
}
