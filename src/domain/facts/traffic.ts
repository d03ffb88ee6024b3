import { z } from 'zod';
import { count, packetsAndBytes, part, topOf } from './measures.ts';

export const Conversation = z.strictObject({
  a: z.string(),
  b: z.string(),
  ...packetsAndBytes,
  packetsAToB: count(),
  packetsBToA: count(),
  bytesAToB: count(),
  bytesBToA: count(),
  startSeconds: z.number().describe('Since the first packet.'),
  durationSeconds: z.number(),
});

/** Where a name of a host was read. */
export const NAME_SOURCES = [
  'dns',
  'mdns',
  'llmnr',
  'nbns',
  'dhcp',
  'browser',
  'ntlm',
  'sni',
  'http',
  'certificate',
] as const;

export const HostName = z.strictObject({
  name: z.string().describe('As packets have it: whoever sent them may lie.'),
  source: z.enum(NAME_SOURCES),
});

export type HostName = z.infer<typeof HostName>;

export const Endpoint = z.strictObject({
  address: z.string(),
  ...packetsAndBytes,
  sentPackets: count(),
  receivedPackets: count(),
  sentBytes: count(),
  receivedBytes: count(),
  names: z.array(HostName).default([]).describe('At most 5.'),
  mac: z
    .strictObject({
      address: z.string(),
      knownBy: z.enum(['arp', 'frames']).describe('frames: the sender of its frames, and of nobody else’s.'),
    })
    .nullable()
    .default(null),
  roles: z
    .array(z.string())
    .default([])
    .describe('What it did: "server tcp/443", "client", "router", "DNS server", "DHCP server"; at most 8.'),
});

export const ProtocolShare = z.strictObject({
  protocol: z.string().describe('Path from the link layer up, as tshark names it: eth:ip:tcp:http.'),
  ...packetsAndBytes,
});

/** How many different pairs and addresses there are behind the lists, by family. */
export const Families = z.strictObject({
  ipv4: count(),
  ipv6: count(),
  nonIp: count().describe('MAC addresses.'),
});

export type Families = z.infer<typeof Families>;

export const Totals = z.strictObject({ conversations: Families, endpoints: Families });

export const Rates = z.strictObject({
  bucketSeconds: z.number().describe('Length of a bucket; the first begins with the earliest packet.'),
  packets: z.array(count()).describe('Per bucket, at most 120.'),
  bytes: z.array(count()).describe('Per bucket, on the wire.'),
  peakPackets: count().describe('Most packets in a bucket.'),
  peakBytes: count().describe('Most bytes in a bucket.'),
  peakAtSeconds: z.number().describe('Where the bucket with most bytes begins, since the first packet.'),
  retransmissions: z.array(count()).default([]).describe('TCP segments sent again, per bucket.'),
  roundTrips: z
    .array(
      z
        .strictObject({ samples: count(), p50Ms: z.number(), maxMs: z.number() })
        .nullable()
        .describe('null where no connection was opened.'),
    )
    .default([])
    .describe('SYN to ACK of the TCP connections that were begun in the bucket.'),
});

export const Sizes = z.strictObject({
  maximumSegmentSizes: topOf(
    z.strictObject({ bytes: count(), offers: count().describe('SYN segments that offer it.') }),
    10,
  ).describe('TCP option MSS (RFC 9293).'),
  largestFrame: count().describe('Bytes on the wire.'),
  largestSegment: count().describe('TCP payload of one frame, in bytes.'),
  fragments: count().describe('IP packets that are fragments.'),
  fragmentationNeeded: topOf(
    z.strictObject({
      reporter: z.string(),
      told: z.string(),
      destination: z.string().nullable().describe('Of the packet that was too big.'),
      mtu: count().nullable().describe('Bytes that fit, as the reporter says.'),
      messages: count(),
    }),
    20,
  ).describe('ICMP type 3 code 4 and ICMPv6 type 2.'),
});

export const trafficParts = { totals: part(Totals), rates: part(Rates), sizes: part(Sizes) };
