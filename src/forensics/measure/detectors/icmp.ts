import { stated } from '../../../domain/confidence.ts';
import type { FindingDraft } from '../../../domain/finding.ts';
import { mergeEvidence } from '../bounded.ts';
import { draft, grade, times, type Detector } from '../draft.ts';
import { all, any, between } from '../filter.ts';
import type { IcmpReport } from '../tables/icmp.ts';
import type { Tables } from '../tables.ts';

/** Destination unreachable, except "too big", per reporter and host told. */
export const icmpUnreachable: Detector = { kind: 'icmp_unreachable', detect: detectUnreachable };

/** Packets too big for a link on the path. */
export const mtuFragmentationNeeded: Detector = { kind: 'mtu_fragmentation_needed', detect: detectTooBig };

/** Routers that send a host elsewhere. */
export const icmpRedirect: Detector = { kind: 'icmp_redirect', detect: detectRedirect };

const SEVERAL = 3;
const PORT_UNREACHABLE = { 4: 3, 6: 4 };

const isTooBig = ({ version, type, code }: IcmpReport): boolean =>
  version === 4 ? type === 3 && code === 4 : type === 2;
const isUnreachable = (report: IcmpReport): boolean =>
  !isTooBig(report) && report.type === (report.version === 4 ? 3 : 1);
const isRedirect = ({ version, type }: IcmpReport): boolean => type === (version === 4 ? 5 : 137);

function group(reports: readonly IcmpReport[]): IcmpReport[][] {
  return [...Map.groupBy(reports, ({ reporter, told }) => `${reporter} ${told}`).values()];
}

/** Display filter for the reports of one group, code by code. */
function filterOf(reports: readonly IcmpReport[], reporter: string, told: string): string {
  const types = reports.map(({ version, type, code }) => {
    const name = version === 4 ? 'icmp' : 'icmpv6';
    return `(${name}.type == ${type} && ${name}.code == ${code})`;
  });
  return all(any(...types), between(reporter, told));
}

function detectUnreachable({ icmp }: Tables): FindingDraft[] {
  return group(icmp.reports.filter(isUnreachable)).flatMap((reports) => {
    const [first] = reports;
    if (first === undefined) return [];
    const evidence = mergeEvidence(reports.map(({ messages }) => messages));
    const onlyPorts = reports.every(
      ({ version, code }) => code === (version === 4 ? PORT_UNREACHABLE[4] : PORT_UNREACHABLE[6]),
    );
    return [
      draft('icmp_unreachable', {
        title: `${first.reporter} told ${first.told} ${times(evidence.count, 'time')} that a destination is unreachable`,
        severity: grade([['low', evidence.count >= SEVERAL]], 'info'),
        ...stated('ICMP destination unreachable'),
        actor: [first.reporter],
        target: [first.told],
        evidence,
        filter: filterOf(reports, first.reporter, first.told),
        explanation: onlyPorts
          ? `Nothing listens on the UDP ports that ${first.told} sent to.`
          : `Networks, hosts or ports that ${first.told} sent to cannot be reached, or a filter forbids it.`,
        alternatives: 'A late answer to a port that the client had already closed, which is harmless.',
        notChecked: 'Whether the application recovered.',
      }),
    ];
  });
}

function detectTooBig({ icmp }: Tables): FindingDraft[] {
  return group(icmp.reports.filter(isTooBig)).flatMap((reports) => {
    const [first] = reports;
    if (first === undefined) return [];
    const evidence = mergeEvidence(reports.map(({ messages }) => messages));
    return [
      draft('mtu_fragmentation_needed', {
        title: `${first.reporter} told ${first.told} that its packets are too big`,
        severity: grade([['medium', evidence.count >= SEVERAL]], 'low'),
        ...stated('ICMP packet too big'),
        actor: [first.reporter],
        target: [first.told],
        evidence,
        filter: filterOf(reports, first.reporter, first.told),
        explanation: `${times(evidence.count, 'message')} ask ${first.told} to send smaller packets on this path.`,
        alternatives: 'Ordinary path MTU discovery, if the sender then shrinks its packets.',
        notChecked: 'Whether the sender obeyed.',
      }),
    ];
  });
}

function detectRedirect({ icmp }: Tables): FindingDraft[] {
  return group(icmp.reports.filter(isRedirect)).flatMap((reports) => {
    const [first] = reports;
    if (first === undefined) return [];
    return [
      draft('icmp_redirect', {
        title: `${first.reporter} redirects ${first.told} to another router`,
        severity: 'low',
        ...stated('ICMP redirect'),
        actor: [first.reporter],
        target: [first.told],
        evidence: mergeEvidence(reports.map(({ messages }) => messages)),
        filter: filterOf(reports, first.reporter, first.told),
        explanation: 'A router says that another one is closer to the destination.',
        alternatives: 'A wrong default gateway, or somebody who wants to sit in the path.',
        notChecked: 'Whether the router named is a real one.',
      }),
    ];
  });
}
