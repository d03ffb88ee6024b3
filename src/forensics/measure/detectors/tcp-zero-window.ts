import { stated } from '../../../domain/confidence.ts';
import type { FindingDraft } from '../../../domain/finding.ts';
import { mergeEvidence } from '../bounded.ts';
import { draft, duration, grade, times, type Detector } from '../draft.ts';
import { all, between } from '../filter.ts';
import type { Side } from '../tables/tcp.ts';
import type { Tables } from '../tables.ts';

/** Receivers without buffer space, per receiver and sender. */
export const tcpZeroWindow: Detector = { kind: 'tcp_zero_window', detect };

const LONG_SECONDS = 1;

interface Full {
  host: string;
  peer: string;
  port: number;
  side: Side;
}

function detect(tables: Tables): FindingDraft[] {
  const full = tables.tcp.connections.flatMap(
    ({ client, server, serverPort, fromClient, fromServer }): Full[] => [
      { host: client, peer: server, port: serverPort, side: fromClient },
      { host: server, peer: client, port: serverPort, side: fromServer },
    ],
  );
  const groups = Map.groupBy(
    full.filter(({ side }) => side.zeroWindows.count > 0),
    ({ host, peer }) => `${host} ${peer}`,
  );
  return [...groups.values()].flatMap((group) => (group[0] === undefined ? [] : [judge(group[0], group)]));
}

function judge({ host, peer }: Full, group: readonly Full[]): FindingDraft {
  const evidence = mergeEvidence(group.map(({ side }) => side.zeroWindows));
  const longest = Math.max(...group.map(({ side }) => side.longestShut));
  const stuck = group.some(({ side }) => side.windowShut && side.longestShut >= LONG_SECONDS);
  return draft('tcp_zero_window', {
    title: `${host} advertised a full receive buffer to ${peer} ${times(evidence.count, 'time')}`,
    severity: grade(
      [
        ['high', stuck],
        ['medium', longest >= LONG_SECONDS],
      ],
      'low',
    ),
    ...stated('the window field is zero'),
    actor: [host],
    target: [peer],
    ports: group.map(({ port }) => port),
    evidence,
    filter: all('tcp.analysis.zero_window', between(host, peer)),
    explanation:
      `The receive window of ${host} was zero for up to ${duration(longest)}` +
      `${stuck ? ' and had not opened again when the capture ended' : ''}: the sender had to wait for the application on ${host}.`,
    alternatives:
      'A slow or hung application, a receive buffer that is too small, or deliberate back-pressure.',
    notChecked: 'What the application on the receiver was doing.',
  });
}
