import { confirmed, inferred } from '../../../domain/confidence.ts';
import type { FindingDraft } from '../../../domain/finding.ts';
import { draft, duration, grade, type Detector } from '../draft.ts';
import { all, between, fromAny, oneOf, to } from '../filter.ts';
import { mergeEvidence } from '../bounded.ts';
import type { Connection } from '../tables/tcp.ts';
import type { Tables } from '../tables.ts';

/** Paths whose handshake alone takes long; the worst connection per pair of hosts stands for the others. */
export const highLatencyNetwork: Detector = { kind: 'high_latency_network', detect: detectNetwork };

/** Servers that let a first request wait although the path is fast. */
export const highLatencyServer: Detector = { kind: 'high_latency_server', detect: detectServer };

const NOTABLE_PATH_SECONDS = 0.3;
/** More than one hop over a geostationary satellite. */
const SLOW_PATH_SECONDS = 0.5;
/** Twice the 400 ms one way that ITU-T G.114 calls the limit of what may be planned. */
const VERY_SLOW_PATH_SECONDS = 0.8;
/** So many slow paths of one client are one problem. */
const COMMON_CAUSE = 3;
const MAX_SERVERS = 20;
const SLOW_ANSWER_SECONDS = 1;
const FAST_PATH_SHARE = 0.2;

/** How long the handshake says the path takes, in seconds; 0 where it was not seen. */
const rtt = (connection: Connection): number => connection.synToSynAckSeconds ?? 0;

/** How long the first answer took, in seconds; 0 where the path could be to blame. */
function wait({ synToSynAckSeconds: path, answerSeconds }: Connection): number {
  const answer = answerSeconds ?? 0;
  return path !== null && path <= answer * FAST_PATH_SHARE ? answer : 0;
}

function detectNetwork({ tcp }: Tables): FindingDraft[] {
  const slow = worstPerPair(tcp.connections, rtt, NOTABLE_PATH_SECONDS);
  return [...Map.groupBy(slow, ({ client }) => client).values()].flatMap((paths) =>
    paths.length >= COMMON_CAUSE ? [slowPaths(paths)] : paths.map((path) => slowPaths([path])),
  );
}

/** One slow path, or several of one client, which then share their cause near it. */
function slowPaths(paths: readonly Connection[]): FindingDraft {
  const worst = paths.reduce((a, b) => (rtt(b) > rtt(a) ? b : a));
  const servers = paths.map(({ server }) => server).slice(0, MAX_SERVERS);
  const several = paths.length > 1;
  const evidence = mergeEvidence(
    paths.slice(0, MAX_SERVERS).map(({ synAckFrame }) => ({ count: 1, frames: [synAckFrame] })),
  );
  return draft('high_latency_network', {
    title: several
      ? `${worst.client} waits up to ${duration(rtt(worst))} for ${paths.length} servers to open a connection`
      : `The path from ${worst.client} to ${worst.server} takes ${duration(rtt(worst))} there and back`,
    severity: grade(
      [
        ['high', rtt(worst) >= VERY_SLOW_PATH_SECONDS],
        ['medium', rtt(worst) >= SLOW_PATH_SECONDS],
      ],
      'low',
    ),
    ...confirmed(
      paths.length >= COMMON_CAUSE,
      'several handshakes took as long',
      'a single handshake was timed',
    ),
    actor: servers,
    target: [worst.client],
    ports: paths.map(({ serverPort }) => serverPort),
    evidence,
    filter: all(
      'tcp.flags.syn == 1 && tcp.flags.ack == 1',
      oneOf('frame.number', evidence.frames),
      fromAny(servers),
      to(worst.client),
      !several && `tcp.port == ${worst.clientPort}`,
    ),
    explanation:
      `The SYN was answered only after ${duration(rtt(worst))}${several ? ' in the worst case' : ''}; no application takes part ` +
      `in that.${several ? ' Several servers at once point to the link of the client.' : ''}`,
    alternatives: 'A distant or congested path, or a server too busy to accept connections.',
    notChecked: 'Which hop adds the delay.',
  });
}

function detectServer({ tcp }: Tables): FindingDraft[] {
  return worstPerPair(tcp.connections, wait, SLOW_ANSWER_SECONDS).map((worst) =>
    draft('high_latency_server', {
      title: `${worst.server} took ${duration(wait(worst))} to answer the first request of ${worst.client}`,
      severity: 'medium',
      ...inferred('one answer was timed against one handshake'),
      actor: [worst.server],
      target: [worst.client],
      ports: [worst.serverPort],
      evidence: { count: 1, frames: [worst.answerFrame] },
      filter: all(`tcp.len > 0 && frame.number == ${worst.answerFrame}`, between(worst.server, worst.client)),
      explanation:
        `The connection opened within ${duration(worst.synToSynAckSeconds ?? 0)}, but the first answer came ` +
        `${duration(wait(worst))} after the request: the time went into the server, not the path.`,
      alternatives: 'A request that waits on purpose (long polling), or a server that waits for another one.',
      notChecked: 'Later requests of the same connection.',
    }),
  );
}

function worstPerPair(
  connections: readonly Connection[],
  measure: (connection: Connection) => number,
  atLeast: number,
): Connection[] {
  const slow = connections.filter((connection) => measure(connection) >= atLeast);
  const groups = Map.groupBy(slow, ({ client, server }) => `${client} ${server}`);
  return [...groups.values()].map((group) => group.reduce((a, b) => (measure(b) > measure(a) ? b : a)));
}
