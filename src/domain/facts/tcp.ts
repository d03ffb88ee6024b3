import { z } from 'zod';
import { count, latency, part } from './measures.ts';

/** What became of each TCP connection; every connection is counted once. */
export const TcpOutcomes = z.strictObject({
  closed: count().describe('Established and closed with FIN.'),
  reset: count().describe('Established and ended by RST.'),
  idleKilled: count().describe('Established, silent for 60 s or longer, then ended by RST.'),
  stillOpen: count().describe('Established and not ended in the capture.'),
  stalled: count().describe('Established, then one side answered nothing any more until the end.'),
  refused: count().describe('SYN answered by RST.'),
  unanswered: count().describe('SYN without any answer.'),
  halfOpen: count().describe('SYN and SYN/ACK, and no more of the client.'),
  unknown: count().describe('Not enough of it was recorded to say.'),
});

/** Where time goes, seen from the capture point. */
export const TcpTimes = z.strictObject({
  serverSide: latency('SYN to SYN/ACK: the path between capture point and server'),
  clientSide: latency('SYN/ACK to ACK: the path between capture point and client'),
  network: latency('SYN to ACK: the whole path'),
  serverResponse: latency('First request to first byte of its answer, the path to the server taken off'),
});

export const TcpHealth = z.strictObject({
  connections: count(),
  established: count(),
  refused: count(),
  unanswered: count(),
  retransmissions: count(),
  duplicateAcks: count(),
  outOfOrder: count(),
  lostSegments: count().describe('Segments missing from the capture or the network.'),
  zeroWindows: count(),
  resets: count(),
  medianHandshakeMs: z.number().nullable(),
  fastRetransmissions: count().default(0),
  windowFull: count().default(0).describe('Segments that fill the window of their receiver.'),
  dataSegments: count().default(0).describe('Segments that need an acknowledgement.'),
  outcomes: part(TcpOutcomes),
  times: part(TcpTimes),
});
