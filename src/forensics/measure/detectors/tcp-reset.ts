import { confirmed } from '../../../domain/confidence.ts';
import type { FindingDraft } from '../../../domain/finding.ts';
import { mergeEvidence } from '../bounded.ts';
import { draft, grade, times, type Detector } from '../draft.ts';
import { all, between, notQuoted, oneOf } from '../filter.ts';
import { scanners } from '../scans.ts';
import type { Connection } from '../tables/tcp.ts';
import type { Tables } from '../tables.ts';

/** Open connections torn down by a reset while one side still waited for the other. */
export const tcpReset: Detector = { kind: 'tcp_reset', detect };

const MAX_PORTS = 50;
/** So many resets into a transfer, or connections cut, are no user who closed a window. */
const SEVERAL = 3;

function detect(tables: Tables): FindingDraft[] {
  const scanning = scanners(tables);
  const cut = tables.tcp.connections
    .map(slammed)
    .filter(({ cuts, client }) => cuts.by !== null && !scanning.has(client));
  const groups = Map.groupBy(
    cut,
    ({ cuts, client, server, serverPort }) => `${cuts.by} ${client} ${server} ${serverPort}`,
  );
  return [...groups.values()].flatMap((group) =>
    group[0] === undefined ? [] : [judge(group[0], group, tables)],
  );
}

/** So soon behind the handshake no server has grown tired of waiting. */
const AT_ONCE_SECONDS = 1;

/** A server that opens a connection and slams it before either side said a word cuts it as well. */
function slammed(connection: Connection): Connection {
  const { cuts, established, openAt, lastAt, fromClient, fromServer } = connection;
  const untouched = fromClient.dataSegments === 0 && fromServer.dataSegments === 0;
  const atOnce = openAt !== null && lastAt - openAt <= AT_ONCE_SECONDS;
  return cuts.by === null && established && untouched && atOnce && fromServer.resets.count > 0
    ? { ...connection, cuts: { by: 'server', resets: fromServer.resets } }
    : connection;
}

function judge(first: Connection, group: readonly Connection[], { overview }: Tables): FindingDraft {
  const { client, server, serverPort } = first;
  const byServer = first.cuts.by === 'server';
  const [sender, peer] = byServer ? [server, client] : [client, server];
  const evidence = mergeEvidence(group.map(({ cuts }) => cuts.resets));
  // Ports, not stream numbers: versions of tshark number streams differently.
  const ports = new Set(group.map(({ clientPort }) => clientPort));
  const listed = ports.size <= MAX_PORTS;
  const unheard = group.filter(({ fromServer }) => fromServer.bytes === 0).length;
  return draft('tcp_reset', {
    title: `${sender} reset ${times(group.length, 'open connection')} with ${peer}`,
    severity: grade([['medium', byServer || evidence.count >= SEVERAL]], 'low'),
    ...confirmed(
      byServer,
      'a question was open when the reset came',
      'the client may have had what it wanted',
    ),
    actor: [sender],
    target: [peer],
    ports: [serverPort],
    evidence,
    filter: all(
      'tcp.flags.reset == 1',
      between(sender, peer),
      `${byServer ? 'tcp.srcport' : 'tcp.dstport'} == ${serverPort}`,
      listed && oneOf(byServer ? 'tcp.dstport' : 'tcp.srcport', ports),
      notQuoted(overview.quotes),
    ),
    matching: listed ? evidence.count : null,
    explanation: byServer
      ? `${times(group.length, 'connection')} ended with a reset where the client had asked something, or had only just come in, and ` +
        `no side had begun to close; in ${unheard} of them the server had not said a word.`
      : `${times(group.length, 'connection')} ended with a reset of the client in the middle of what the server was sending.`,
    alternatives:
      'A crashed or restarted application, a load balancer or firewall that dropped an idle connection or forges resets, ' +
      'a protocol error that the receiver answers this way, or a user who gave up.',
    notChecked:
      'Whether the reset comes from the host itself: compare its TTL with that of the other packets.',
  });
}
