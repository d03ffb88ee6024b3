import { inferred } from '../../../domain/confidence.ts';
import type { FindingDraft } from '../../../domain/finding.ts';
import { draft, quoteNames, times, type Detector } from '../draft.ts';
import { all, between, oneOf } from '../filter.ts';
import type { Contradictions } from '../tables/dns-contradictions.ts';
import type { PrivateAnswers, Rebinding } from '../tables/dns-scopes.ts';
import type { Tables } from '../tables.ts';

/** Answers that a resolver should not give: two that contradict each other, or private addresses for public names. */
export const dnsHijack: Detector = { kind: 'dns_hijack', detect: detectHijack };

/** DNS messages that break the format. */
export const dnsMalformed: Detector = { kind: 'dns_malformed', detect: detectMalformed };

/** So many unrelated domains at one private address are no split view of a company. */
const DOMAINS = 3;

function detectHijack({ dnsContradictions, dnsScopes }: Tables): FindingDraft[] {
  return [
    ...dnsContradictions.map(contradiction),
    // Contradicting answers are told already.
    ...dnsScopes.rebindings.filter((row) => !dnsContradictions.some(isSame(row))).map(rebinding),
    ...dnsScopes.privateAnswers.filter(({ domains }) => domains.size >= DOMAINS).map(diversion),
  ];
}

const isSame =
  (row: Rebinding) =>
  ({ server, client }: Contradictions): boolean =>
    server === row.server && client === row.client;

/** What every finding about the answers of one server to one client has in common. */
const told = ({ server, client }: { server: string; client: string }) =>
  ({
    ...inferred('answers were compared, and which of them is true is not known'),
    actor: [server],
    target: [client],
    ports: [53],
  }) as const;

function contradiction(row: Contradictions): FindingDraft {
  const { server, client, ids, names, answers } = row;
  return draft('dns_hijack', {
    ...told(row),
    title: `${client} got contradicting answers to one query, all in the name of ${server}`,
    severity: 'high',
    evidence: answers,
    filter: all('dns.flags.response == 1', oneOf('dns.id', ids), between(server, client)),
    explanation:
      `More answers than queries, and they differ, for ${quoteNames(names)}: somebody on the path races the server with ` +
      'a forged answer, and the first one wins.',
    alternatives:
      'A filter in the network that answers in place of the server, or a resolver that answers twice.',
    notChecked: 'Which of the answers is the true one; DNSSEC signatures.',
  });
}

function rebinding(row: Rebinding): FindingDraft {
  const { server, client, names, answers } = row;
  const quoted = [...names].map((name) => `"${name}"`);
  return draft('dns_hijack', {
    ...told(row),
    title: `${server} gave ${client} public and private addresses for the same name`,
    severity: 'medium',
    evidence: answers,
    filter: all(
      'dns.flags.response == 1 && dns.flags.rcode == 0 && dns.a',
      oneOf('dns.qry.name', quoted),
      between(server, client),
    ),
    explanation:
      `${quoteNames(names)} pointed to one side of the firewall and then to the other: DNS rebinding makes a browser talk ` +
      'to devices inside the network.',
    alternatives: 'A name with views for inside and outside, or a host that moved.',
    notChecked: 'Whether the client connected to the private address.',
  });
}

function diversion(row: PrivateAnswers): FindingDraft {
  const { server, client, address, domains, answers } = row;
  return draft('dns_hijack', {
    ...told(row),
    title: `${server} sends ${client} to ${address} for unrelated domains`,
    severity: 'medium',
    evidence: answers,
    filter: all(
      `dns.flags.response == 1 && dns.flags.rcode == 0 && dns.a == ${address}`,
      between(server, client),
    ),
    explanation: `${times(domains.size, 'domain')}, among them ${quoteNames(domains)}, resolve to one private address.`,
    alternatives: 'A captive portal, a filter that blocks by such answers, or a laboratory.',
    notChecked: 'What the names resolve to elsewhere.',
  });
}

function detectMalformed(tables: Tables): FindingDraft[] {
  const { messages: evidence, senders, receivers } = tables.dnsMalformed;
  if (evidence.count === 0) return [];
  return [
    draft('dns_malformed', {
      title: `${times(evidence.count, 'DNS message')} broke the format`,
      severity: 'medium',
      ...inferred('a dissector could not read them, which a fault of its own would look like'),
      actor: senders,
      target: receivers,
      ports: [53],
      evidence,
      filter: all(
        'dns && !icmp && !icmpv6',
        '(_ws.malformed || (dns.count.queries > 1 && dns.flags.opcode == 0) || dns.qry.name contains "pointer that loops")',
      ),
      explanation:
        'Lengths or pointers that lead out of the message, or more than one question: parsers have fallen to such messages.',
      alternatives: 'Another protocol on the port of DNS, damage on the way, or a fault of the dissector.',
      notChecked: 'How the receivers took it.',
    }),
  ];
}
