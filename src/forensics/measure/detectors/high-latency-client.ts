import { inferred } from '../../../domain/confidence.ts';
import type { FindingDraft } from '../../../domain/finding.ts';
import { draft, duration, type Detector } from '../draft.ts';
import { all, between } from '../filter.ts';
import type { Connection } from '../tables/tcp.ts';
import type { Tables } from '../tables.ts';

/** Clients that open a connection and then take their time to ask for something. */
export const highLatencyClient: Detector = { kind: 'high_latency_client', detect };

const SLOW_SECONDS = 1;
/** Longer than this nobody waits for a page: a connection kept in reserve. */
const RESERVE_SECONDS = 30;
const FAST_PATH_SHARE = 0.2;
/** Of the time from SYN to first answer, the client must have spent most. */
const MOST = 0.5;
/** Protocols whose client speaks first and by itself, without waiting for a person. */
const ASKED_AT_ONCE = new Set([
  80, 443, 3128, 8000, 8008, 8080, 8081, 8443, 8888, 389, 636, 445, 139, 88, 53,
]);

/** How long the client was silent in its open connection, in seconds; 0 where the path or the server is to blame. */
function wait({ openAt, firstRequestAt, synToSynAckSeconds: path, serverPort }: Connection): number {
  if (openAt === null || firstRequestAt === null || path === null || !ASKED_AT_ONCE.has(serverPort)) return 0;
  const waited = firstRequestAt - openAt;
  return path <= waited * FAST_PATH_SHARE && waited < RESERVE_SECONDS ? waited : 0;
}

function detect({ tcp }: Tables): FindingDraft[] {
  const perPair = Map.groupBy(tcp.connections, ({ client, server }) => `${client} ${server}`);
  return [...perPair.values()].flatMap((connections) => {
    // Browsers open several connections at once and keep some in reserve: that is no delay.
    const [only] = connections;
    return connections.length === 1 && only !== undefined && wait(only) >= SLOW_SECONDS ? judge(only) : [];
  });
}

function judge(connection: Connection): FindingDraft[] {
  const {
    client,
    server,
    clientPort,
    serverPort,
    firstRequestFrame,
    firstAt,
    firstRequestAt,
    answerSeconds,
  } = connection;
  const waited = wait(connection);
  const whole = (firstRequestAt ?? 0) + (answerSeconds ?? 0) - firstAt;
  if (waited < whole * MOST) return [];
  return [
    draft('high_latency_client', {
      title: `${client} waited ${duration(waited)} before it asked ${server} for anything`,
      severity: 'medium',
      ...inferred('one pause was timed, and a person may have caused it'),
      actor: [client],
      target: [server],
      ports: [serverPort],
      evidence: { count: 1, frames: [firstRequestFrame] },
      filter: all(
        `tcp.len > 0 && frame.number == ${firstRequestFrame}`,
        between(client, server),
        `tcp.srcport == ${clientPort}`,
      ),
      explanation:
        `The handshake took ${duration(connection.synToSynAckSeconds ?? 0)}, but the first request came only ` +
        `${duration(waited)} after it: neither the path nor the server held it up.`,
      alternatives:
        'A connection opened in advance, a person who had to type first, or a request that the capture missed.',
      notChecked: 'Why the client waited, and later requests of the same connection.',
    }),
  ];
}
