import type { CaptureFacts } from '../../../domain/facts.ts';
import { isIpv6, isMac } from '../packet.ts';
import type { Tables } from '../tables.ts';
import { latencyOf, rounded, sum, top } from './figures.ts';
import { describeHosts } from './hosts.ts';

const MAX_ROWS = 200;

/** Pairs of addresses by bytes. */
export function conversations({ talkers, overview }: Tables): CaptureFacts['conversations'] {
  const start = overview.firstAt ?? 0;
  const rows = talkers.pairs.map(({ firstAt, lastAt, ...pair }) => ({
    ...pair,
    packets: pair.packetsAToB + pair.packetsBToA,
    bytes: pair.bytesAToB + pair.bytesBToA,
    startSeconds: rounded(firstAt - start),
    durationSeconds: rounded(lastAt - firstAt),
  }));
  return rows
    .toSorted((x, y) => y.bytes - x.bytes || x.startSeconds - y.startSeconds || byText(x.a, y.a))
    .slice(0, MAX_ROWS);
}

/** Addresses by bytes, with what else is known of them. */
export function endpoints(tables: Tables): CaptureFacts['endpoints'] {
  const rows = tables.talkers.hosts.map((host) => ({
    ...host,
    packets: host.sentPackets + host.receivedPackets,
    bytes: host.sentBytes + host.receivedBytes,
  }));
  const describe = describeHosts(tables);
  return rows
    .toSorted((x, y) => y.bytes - x.bytes || byText(x.address, y.address))
    .slice(0, MAX_ROWS)
    .map((host) => ({ ...host, ...describe(host.address) }));
}

/** Rows that are equal otherwise stand in one order, whoever read the capture. */
const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export const protocols = (tables: Tables): CaptureFacts['protocols'] =>
  tables.protocols.slice(0, MAX_ROWS).map(({ path, ...share }) => ({ protocol: path, ...share }));

export function totals({ talkers }: Tables): CaptureFacts['totals'] {
  return {
    conversations: families(talkers.pairs.map(({ a }) => a)),
    endpoints: families(talkers.hosts.map(({ address }) => address)),
  };
}

function families(addresses: readonly string[]): { ipv4: number; ipv6: number; nonIp: number } {
  const counts = { ipv4: 0, ipv6: 0, nonIp: 0 };
  for (const address of addresses) counts[isMac(address) ? 'nonIp' : isIpv6(address) ? 'ipv6' : 'ipv4'] += 1;
  return counts;
}

export function rates({ rates: table, tcp }: Tables): CaptureFacts['rates'] {
  const { bucketSeconds, packets, bytes, retransmissions } = table;
  const peakBytes = Math.max(0, ...bytes);
  return {
    bucketSeconds,
    packets,
    bytes,
    peakPackets: Math.max(0, ...packets),
    peakBytes,
    peakAtSeconds: rounded(Math.max(bytes.indexOf(peakBytes), 0) * bucketSeconds),
    retransmissions,
    roundTrips: roundTrips(table, tcp),
  };
}

type RoundTrips = NonNullable<CaptureFacts['rates']>['roundTrips'];

/** Each handshake counts where its connection began, as far as it has a begin and an end. */
function roundTrips({ start, bucketSeconds, packets }: Tables['rates'], tcp: Tables['tcp']): RoundTrips {
  const taken: number[][] = packets.map(() => []);
  for (const { firstAt, handshakeSeconds, synAcks } of tcp.connections) {
    if (handshakeSeconds === null || synAcks === 0) continue;
    taken[Math.max(Math.floor((firstAt - (start ?? firstAt)) / bucketSeconds), 0)]?.push(handshakeSeconds);
  }
  return taken.map((values) => {
    const latency = latencyOf(values);
    return latency === null ? null : { samples: latency.samples, p50Ms: latency.p50Ms, maxMs: latency.maxMs };
  });
}

const MAX_SIZES = 10;
const MAX_REPORTS = 20;

export function sizes({ sizes: table, fragments, overview }: Tables): CaptureFacts['sizes'] {
  const offered = [...table.segmentSizes]
    .map(([bytes, offers]) => ({ bytes, offers }))
    .toSorted((a, b) => b.offers - a.offers || a.bytes - b.bytes);
  const reports = table.tooBig
    .toSorted((a, b) => b.messages.count - a.messages.count)
    .map(({ destination, messages, ...report }) => ({
      ...report,
      destination: destination === '' ? null : destination,
      messages: messages.count,
    }));
  return {
    maximumSegmentSizes: top(offered, MAX_SIZES),
    largestFrame: overview.largest,
    largestSegment: table.largestSegment,
    fragments: sum(fragments.map(({ seen }) => seen.count)),
    fragmentationNeeded: top(reports, MAX_REPORTS),
  };
}
