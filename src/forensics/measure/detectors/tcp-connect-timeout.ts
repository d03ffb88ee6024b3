import { measured } from '../../../domain/confidence.ts';
import type { FindingDraft } from '../../../domain/finding.ts';
import { mergeEvidence } from '../bounded.ts';
import { draft, grade, times, type Detector } from '../draft.ts';
import { all, between, notQuoted, oneOf, SYN_ONLY } from '../filter.ts';
import { scannedPairs, scanners } from '../scans.ts';
import type { Connection } from '../tables/tcp.ts';
import type { Tables } from '../tables.ts';

/** SYNs without any answer, per client, server and port. */
export const tcpConnectTimeout: Detector = { kind: 'tcp_connect_timeout', detect };

const MAX_CLIENT_PORTS = 50;

function detect(tables: Tables): FindingDraft[] {
  const scanned = scannedPairs(tables);
  const scanning = scanners(tables);
  const attempts = tables.tcp.connections.filter((connection) => connection.syns.count > 0);
  const groups = Map.groupBy(
    attempts,
    ({ client, server, serverPort }) => `${client} ${server} ${serverPort}`,
  );
  return [...groups.values()].flatMap((connections) => {
    const silent = connections.filter(isUnanswered);
    const [first] = silent;
    if (first === undefined || scanned.has(`${first.client} ${first.server}`)) return [];
    return [judge(first, silent, connections.length, scanning, tables)];
  });
}

/** A client that goes on to acknowledge was answered: only the capture lacks that direction. */
const isUnanswered = ({ synAcks, refusals, fromClient, fromServer }: Connection): boolean =>
  synAcks === 0 && refusals.count === 0 && fromServer.packets === 0 && fromClient.firstAck === null;

function judge(
  first: Connection,
  silent: Connection[],
  tried: number,
  scanning: Set<string>,
  { overview }: Tables,
): FindingDraft {
  const { client, server, serverPort } = first;
  const evidence = mergeEvidence(silent.map((connection) => connection.syns));
  const never = silent.length === tried;
  const severity = grade(
    [
      ['low', scanning.has(client)],
      ['high', never && evidence.count >= 3],
      ['medium', evidence.count >= 2 && silent.length * 2 > tried],
    ],
    'low',
  );
  // Ports, not stream numbers: versions of tshark number streams differently.
  const ports = new Set(silent.map((connection) => connection.clientPort));
  return draft('tcp_connect_timeout', {
    title: `${server} never answered ${times(evidence.count, 'SYN')} of ${client} to port ${serverPort}`,
    severity,
    ...measured(evidence.count, 2, evidence.count === 1 ? 'unanswered SYN' : 'unanswered SYNs'),
    actor: [client],
    target: [server],
    ports: [serverPort],
    evidence,
    filter: all(
      SYN_ONLY,
      between(client, server),
      `tcp.dstport == ${serverPort}`,
      !never && ports.size <= MAX_CLIENT_PORTS && oneOf('tcp.srcport', ports),
      notQuoted(overview.quotes),
    ),
    matching: never || ports.size <= MAX_CLIENT_PORTS ? evidence.count : null,
    explanation:
      `${silent.length} of ${tried} connection attempts to ${server} port ${serverPort} got neither SYN/ACK nor ` +
      `reset: the SYN or its answer was dropped without a word.`,
    alternatives:
      'A firewall or network security group that drops silently, a host that is down or unrouted, an answer that takes ' +
      'another path than the capture point, or a capture that ended before the answer came.',
    notChecked:
      'Whether the SYN reached the server: that needs a capture there, or its effective security rules.',
  });
}
