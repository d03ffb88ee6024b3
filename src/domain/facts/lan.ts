import { z } from 'zod';
import { count, part, tally, topOf } from './measures.ts';

export const DhcpFacts = z.strictObject({
  messages: tally(10),
  clients: count().describe('Hardware addresses that asked.'),
  servers: topOf(
    z.strictObject({ server: z.string(), offers: count(), acknowledgements: count(), refusals: count() }),
    10,
    'busiest first',
  ),
});

export const ResolutionFacts = z.strictObject({
  arpRequests: count(),
  arpReplies: count(),
  arpAddresses: count().describe('IPv4 addresses claimed by ARP.'),
  conflicts: topOf(
    z.strictObject({ address: z.string(), macs: z.array(z.string()) }),
    10,
    'by address',
  ).describe('Addresses that more than one MAC address claims.'),
  neighbourSolicitations: count(),
  neighbourAdvertisements: count(),
  routerAdvertisements: count(),
});

export const IcmpFacts = z.strictObject({
  messages: tally(20).describe('"icmp type/code" or "icmpv6 type/code".'),
  errors: topOf(
    z.strictObject({
      sort: z.string().describe('"icmp type/code".'),
      reporter: z.string(),
      told: z.string(),
      originalTarget: z.string().nullable().describe('Where the packet went that the error quotes.'),
      originalProtocol: z.enum(['tcp', 'udp', 'icmp', 'other']),
      originalPort: count().nullable(),
      messages: count(),
    }),
    20,
  ).describe('Errors with the packet that they are about.'),
});

export const lanParts = { dhcp: part(DhcpFacts), resolution: part(ResolutionFacts), icmp: part(IcmpFacts) };
