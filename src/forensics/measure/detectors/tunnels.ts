import { measured } from '../../../domain/confidence.ts';
import type { FindingDraft } from '../../../domain/finding.ts';
import { draft, times, type Detector } from '../draft.ts';
import { all, between, from, notQuoted, oneOf, to } from '../filter.ts';
import { isIpv6 } from '../packet.ts';
import type { DomainUse } from '../tables/dns-names.ts';
import type { EchoPair } from '../tables/icmp.ts';
import type { Tables } from '../tables.ts';

/** Data carried in the payload of pings. */
export const icmpTunnel: Detector = { kind: 'icmp_tunnel', detect: detectIcmp };

/** Data carried in DNS names and answers. */
export const dnsTunnel: Detector = { kind: 'dns_tunnel', detect: detectDns };

const LARGE_PINGS = 20;
const PING_LENGTHS = 4;
const NAMES = 20;
const NAMES_OF_ADDRESSES = 50;
const ROOMY_SHARE = 0.5;
const ROOMY_CHARACTERS = 15;
const ADDRESS_CHARACTERS = 45;
const UNIQUE_SHARE = 0.5;

/** Whether the pings between two hosts carry data. */
export const isIcmpTunnel = ({ large, lengths }: EchoPair): boolean =>
  large.count >= LARGE_PINGS && lengths.size >= PING_LENGTHS;

function detectIcmp({ icmp, overview }: Tables): FindingDraft[] {
  return icmp.echoes.filter(isIcmpTunnel).map(({ a, b, asker, large, lengths }) => {
    const types = isIpv6(a) ? oneOf('icmpv6.type', [128, 129]) : oneOf('icmp.type', [0, 8]);
    const bothWays = `((${between(a, b)}) || (${between(b, a)}))`;
    return draft('icmp_tunnel', {
      title: `${times(large.count, 'ping')} between ${a} and ${b} carry data`,
      severity: 'high',
      ...measured(lengths.size, 10, 'different lengths'),
      actor: [asker],
      target: [asker === a ? b : a],
      evidence: large,
      filter: all(types, 'data.len > 64', bothWays, overview.quotes && 'icmp.type != 3'),
      explanation:
        `${large.count} echo messages carry more than the 64 bytes that pings have, in ${lengths.size} different lengths: ` +
        `pings of one program all have the same length.`,
      alternatives: 'A test that tries packet sizes one after the other.',
      notChecked: 'What the payload says.',
    });
  });
}

/** Whether the names asked for below one domain carry data. */
export function isDnsTunnel({ queries, names, characters, roomy }: DomainUse): boolean {
  const mean = characters / queries.count;
  if (names.size < NAMES || names.size < Math.min(queries.count, 500) * UNIQUE_SHARE) return false;
  return roomy >= queries.count * ROOMY_SHARE
    ? mean >= ROOMY_CHARACTERS
    : names.size >= NAMES_OF_ADDRESSES && mean >= ADDRESS_CHARACTERS;
}

function detectDns({ dnsNames, overview }: Tables): FindingDraft[] {
  return dnsNames.filter(isDnsTunnel).map(({ client, server, domain, queries, names, characters }) =>
    draft('dns_tunnel', {
      title: `${client} asked ${server} for ${names.size} long names below "${domain}"`,
      severity: 'high',
      ...measured(queries.count, 50, 'queries for names that carry data'),
      actor: [client],
      target: [server],
      ports: [53],
      evidence: queries,
      filter: all(
        'dns.flags.response == 0',
        from(client),
        to(server),
        `dns.qry.name matches "(?i)[.]${domain.replaceAll('.', '[.]')}$"`,
        notQuoted(overview.quotes),
      ),
      explanation:
        `${queries.count} queries, nearly each for another name, with ${Math.round(characters / queries.count)} characters in ` +
        `front of the domain on average: names this long and this varied carry data.`,
      alternatives:
        'A security product that looks files up by hash, or a service that makes up a name per visitor.',
      notChecked: 'What the names and answers say when decoded.',
    }),
  );
}
