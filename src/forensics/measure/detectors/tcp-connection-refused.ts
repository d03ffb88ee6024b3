import { stated } from '../../../domain/confidence.ts';
import type { FindingDraft } from '../../../domain/finding.ts';
import { mergeEvidence } from '../bounded.ts';
import { draft, grade, times, type Detector } from '../draft.ts';
import { all, between, notQuoted, oneOf } from '../filter.ts';
import { scannedPairs, scanners } from '../scans.ts';
import type { Connection } from '../tables/tcp.ts';
import type { Tables } from '../tables.ts';

/** SYNs answered by a reset, per server, port and client. */
export const tcpConnectionRefused: Detector = { kind: 'tcp_connection_refused', detect };

const MAX_CLIENT_PORTS = 50;

function detect(tables: Tables): FindingDraft[] {
  const scanned = scannedPairs(tables);
  const scanning = scanners(tables);
  const groups = Map.groupBy(
    tables.tcp.connections,
    ({ client, server, serverPort }) => `${client} ${server} ${serverPort}`,
  );
  return [...groups.values()].flatMap((connections) => {
    const refused = connections.filter((connection) => connection.refusals.count > 0);
    const [first] = refused;
    if (first === undefined || scanned.has(`${first.client} ${first.server}`)) return [];
    return [judge(first, refused, connections.length, scanning, tables)];
  });
}

function judge(
  first: Connection,
  refused: Connection[],
  tried: number,
  scanning: Set<string>,
  { overview }: Tables,
): FindingDraft {
  const { client, server, serverPort } = first;
  const evidence = mergeEvidence(refused.map((connection) => connection.refusals));
  const always = refused.length === tried;
  // Ports, not stream numbers: versions of tshark number streams differently.
  const ports = new Set(refused.map((connection) => connection.clientPort));
  return draft('tcp_connection_refused', {
    title: `${server} refused port ${serverPort} to ${client} ${times(evidence.count, 'time')}`,
    severity: grade(
      [
        ['low', scanning.has(client)],
        ['high', always && evidence.count >= 3],
        ['medium', evidence.count >= 2 && refused.length * 2 > tried],
      ],
      'low',
    ),
    ...stated('a reset in answer to the SYN'),
    actor: [server],
    target: [client],
    ports: [serverPort],
    evidence,
    filter: all(
      'tcp.flags.reset == 1',
      between(server, client),
      `tcp.srcport == ${serverPort}`,
      !always && ports.size <= MAX_CLIENT_PORTS && oneOf('tcp.dstport', ports),
      notQuoted(overview.quotes),
    ),
    matching: always || ports.size <= MAX_CLIENT_PORTS ? evidence.count : null,
    explanation:
      `${refused.length} of ${tried} connection attempts to ${server} port ${serverPort} were answered by a ` +
      `reset: the host is reachable, but nothing accepts connections there.`,
    alternatives:
      'A stopped service, a wrong port, or a firewall that rejects with a reset in the name of the host.',
    notChecked: 'Whether the reset comes from the host itself or from a device on the path.',
  });
}
