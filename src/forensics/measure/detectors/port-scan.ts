import { measured, stated } from '../../../domain/confidence.ts';
import type { FindingDraft } from '../../../domain/finding.ts';
import { draft, duration, times, type Detector } from '../draft.ts';
import { all, between, notQuoted, SYN_ONLY } from '../filter.ts';
import { isPortScan } from '../scans.ts';
import type { Probe } from '../tables/syn-probes.ts';
import type { Tables } from '../tables.ts';

/** Many ports of one host tried: by SYN, or by segments that no honest stack sends. */
export const portScan: Detector = { kind: 'port_scan', detect: detectScan };

/** Ports that a scan found open. */
export const openPorts: Detector = { kind: 'open_ports', detect: detectOpen };

const ODD_PORTS = 10;
const NOT_CHECKED = 'Scans over UDP, and scans slower than the capture is long.';
const ALTERNATIVES = 'A vulnerability scanner of your own, or a discovery tool of an asset inventory.';

function detectScan({ probes, overview }: Tables): FindingDraft[] {
  const noQuotes = notQuoted(overview.quotes);
  const bySyn = probes.filter(isPortScan).map((probe) => synScan(probe, noQuotes));
  const byOddFlags = probes
    .filter((probe) => probe.oddPorts.size >= ODD_PORTS)
    .map((probe) => oddScan(probe, noQuotes));
  return [...bySyn, ...byOddFlags];
}

function synScan(probe: Probe, noQuotes: string): FindingDraft {
  const { client, server, syns, ports, openPorts, closedPorts } = probe;
  return draft('port_scan', {
    title: `${client} tried ${ports.size} ports of ${server}`,
    severity: 'high',
    ...measured(ports.size, 50, 'ports tried and hardly used'),
    actor: [client],
    target: [server],
    ports,
    evidence: syns,
    filter: all(SYN_ONLY, between(client, server), noQuotes),
    explanation:
      `SYN scan: ${times(syns.count, 'SYN')} to ${ports.size} ports in ${duration(probe.lastAt - probe.firstAt)}; ` +
      `${openPorts.size} open, ${closedPorts.size} closed, the rest silent, and hardly any was used.`,
    alternatives: ALTERNATIVES,
    notChecked: NOT_CHECKED,
  });
}

function oddScan(probe: Probe, noQuotes: string): FindingDraft {
  const { client, server, odd, oddPorts } = probe;
  return draft('port_scan', {
    title: `${client} probed ${oddPorts.size} ports of ${server} with odd TCP flags`,
    severity: 'high',
    ...stated('flags that no connection begins with'),
    actor: [client],
    target: [server],
    ports: oddPorts,
    evidence: odd,
    filter: all('tcp.flags in {0x0000, 0x0001, 0x0029}', between(client, server), noQuotes),
    explanation: `NULL, FIN or Xmas scan: ${times(odd.count, 'segment')} without ACK to ${oddPorts.size} ports.`,
    alternatives: ALTERNATIVES,
    notChecked: NOT_CHECKED,
  });
}

function detectOpen({ probes, overview }: Tables): FindingDraft[] {
  const found = probes.filter((probe) => isPortScan(probe) && probe.openPorts.size > 0);
  return found.map(({ client, server, openPorts, openFrames }) =>
    draft('open_ports', {
      title: `${server} showed ${times(openPorts.size, 'open port')} to a scan`,
      severity: 'info',
      ...stated('SYN/ACK from each of the ports'),
      actor: [server],
      target: [client],
      ports: openPorts,
      evidence: { count: openPorts.size, frames: openFrames.frames },
      matching: openFrames.count,
      filter: all(
        'tcp.flags.syn == 1 && tcp.flags.ack == 1',
        between(server, client),
        notQuoted(overview.quotes),
      ),
      explanation: `${server} answered with SYN/ACK on ${openPorts.size} of the ports that ${client} tried.`,
      alternatives: 'A proxy or a SYN-flood protection that answers for every port.',
      notChecked: 'What runs behind the ports.',
    }),
  );
}
