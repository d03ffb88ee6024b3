import { checkProse, type ProseCheck } from '../../../src/domain/claims/check-prose.ts';
import { type Evidence, evidenceOf, type FilterRun } from '../../../src/domain/claims/evidence.ts';
import type { CaptureFacts } from '../../../src/domain/facts.ts';
import type { Finding } from '../../../src/domain/finding.ts';
import type { StruckSentence } from '../../../src/domain/verification.ts';
import { factsOf, findingOf } from '../../fakes/facts.ts';

/** Two hosts and a database that is not reached, a scan, and retransmissions. */
export const FINDINGS: readonly Finding[] = [
  findingOf({ filter: 'tcp.flags.syn==1 && tcp.flags.ack==0 && ip.dst==10.0.0.9' }),
  findingOf({
    id: 'F2',
    kind: 'port_scan',
    title: '10.0.0.77 tried 120 ports of 10.0.0.9',
    actor: ['10.0.0.77'],
    target: ['10.0.0.9'],
    ports: [22, 80, 443],
    count: 121,
    frames: [60, 61, 62, 64],
    matching: 121,
    filter: 'tcp.flags.syn==1 && ip.src==10.0.0.77',
    explanation: 'SYN scan: 121 SYNs to 120 ports in 1.3 s; 2 open, 118 closed, and hardly any was used.',
    alternatives: 'An inventory that was ordered.',
  }),
  findingOf({
    id: 'F3',
    kind: 'tcp_retransmission',
    severity: 'low',
    title: '10.0.0.4 sent 17 segments again',
    actor: ['10.0.0.4'],
    target: ['10.0.0.9'],
    ports: [443],
    count: 17,
    frames: [140, 151],
    matching: 17,
    filter: 'tcp.analysis.retransmission',
    explanation: '17 of 150 data segments were sent again, the longest wait 1.8 s.',
    alternatives: 'Loss on the path, or a receiver that answers late.',
  }),
];

const OUTPUT = `== Connection attempts that nobody answered ==
6\tSYN from 10.0.0.4 -> 10.0.0.9:5432 in 2 connection(s), first in frame 11 at 0.500 s

== DNS answers that failed or took longer than 0.5 s ==
1\trcode 3 for db.corp.example from 10.0.0.2, slowest 0.640 s, frames 88 90
`;

const base = factsOf();
export const FACTS: CaptureFacts = factsOf({
  tcp: { ...base.tcp, dataSegments: 150 },
  endpoints: [
    ...base.endpoints.map((endpoint) => ({
      ...endpoint,
      names: [{ name: 'web1.corp.example', source: 'dns' as const }],
    })),
    { ...endpointOf('10.0.0.9'), roles: ['server tcp/443'] },
    endpointOf('10.0.0.77'),
    endpointOf('10.0.0.2'),
  ],
  coverage: {
    packets: 240,
    seconds: 12.5,
    linkTypes: ['ether'],
    payload: 'whole',
    filter: null,
    groups: [
      {
        group: 'Malware',
        found: [],
        notFound: ['malware_c2', 'malware_download', 'beaconing'],
        state: 'looked',
        packets: 240,
        why: null,
      },
    ],
  },
});

function endpointOf(address: string): CaptureFacts['endpoints'][number] {
  const counts = {
    packets: 30,
    bytes: 2_000,
    sentPackets: 14,
    receivedPackets: 16,
    sentBytes: 900,
    receivedBytes: 1_100,
  };
  return { address, ...counts, names: [], mac: null, roles: [] };
}

export const evidence = (): Evidence =>
  evidenceOf({
    facts: FACTS,
    findings: FINDINGS,
    outputs: new Map([
      ['C1', ''],
      ['C2', OUTPUT],
    ]),
    question: 'Why does web1 not reach 10.1.1.1?',
    filters: new Map<string, FilterRun>([
      ...FINDINGS.map(
        ({ filter, matching }) => [filter, { valid: true, matched: matching }] satisfies [string, FilterRun],
      ),
      ['tcp.flags.reset==1', { valid: true, matched: 1 }],
      ['dns.flags.rcode==2', { valid: true, matched: 0 }],
      ['tcp.flgs==1', { valid: false, matched: null }],
    ]),
  });

/** One sentence as it would stand in a section of a report; a remark cites what `cites` says. */
export function checked(
  text: string,
  section: StruckSentence['section'] = 'Executive Summary',
  cites: { findingIds?: string[]; commandIds?: string[] } = {},
): ProseCheck {
  const remark = { findingIds: cites.findingIds ?? [], commandIds: cites.commandIds ?? [], text };
  return checkProse(
    {
      executiveSummary: section === 'Executive Summary' ? text : '',
      notableFindings: section === 'Notable Findings' ? [remark] : [],
      recommendations: section === 'Recommendations' ? [remark] : [],
    },
    evidence(),
  );
}
