import type { CaptureFacts } from '../../domain/facts.ts';
import { captureIdentity, type HashedFile, type ReadingOutcome } from './facts/capture.ts';
import { coverageOf } from './facts/coverage.ts';
import { dnsHealth } from './facts/dns.ts';
import { dhcpFacts, icmpFacts, resolutionFacts } from './facts/lan.ts';
import { industrialFacts, loginFacts, voiceFacts, wifiFacts, windowsFacts } from './facts/services.ts';
import { tcpHealth } from './facts/tcp.ts';
import { conversations, endpoints, protocols, rates, sizes, totals } from './facts/traffic.ts';
import { httpFacts, quicFacts, tlsFacts } from './facts/web.ts';
import type { Tables } from './tables.ts';

export type { HashedFile, ReadingOutcome };

/** The tables as the published facts: bounded lists, whatever the capture holds. */
export function toFacts(file: HashedFile, tables: Tables, reading: ReadingOutcome): CaptureFacts {
  return {
    capture: captureIdentity(file, tables, reading),
    conversations: conversations(tables),
    endpoints: endpoints(tables),
    protocols: protocols(tables),
    totals: totals(tables),
    rates: rates(tables),
    sizes: sizes(tables),
    tcp: tcpHealth(tables.tcp),
    dns: dnsHealth(tables),
    tls: tlsFacts(tables),
    quic: quicFacts(tables),
    http: httpFacts(tables),
    dhcp: dhcpFacts(tables),
    resolution: resolutionFacts(tables),
    icmp: icmpFacts(tables),
    voice: voiceFacts(tables),
    windows: windowsFacts(tables),
    logins: loginFacts(tables),
    wifi: wifiFacts(tables),
    industrial: industrialFacts(tables),
    coverage:
      reading.findings === undefined
        ? null
        : coverageOf(tables, reading, new Set(reading.findings.map(({ kind }) => kind))),
    notes: [...reading.notes, ...limits(tables)],
  };
}

/** Where bounds of our own left something out; what the recording lacks stands with its quality. */
function limits({ talkers, tcp, dns }: Tables): string[] {
  const notes: [boolean, string][] = [
    [
      talkers.refused > 0,
      `The tables of hosts and conversations were full: ${talkers.refused} packets are not in them.`,
    ],
    [tcp.refused > 0, `The table of TCP connections was full: ${tcp.refused} packets are not in it.`],
    [dns.forgotten > 0, `Too many DNS queries were open at once: the fate of ${dns.forgotten} is unknown.`],
  ];
  return notes.filter(([holds]) => holds).map(([, note]) => note);
}
