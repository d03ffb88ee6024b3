import { decodeFrame } from '../../src/packets/decode.ts';
import { createFrame } from '../../src/packets/frame.ts';
import { createCaptureReader } from '../../src/packets/read-capture.ts';
import { createFlowTable } from '../../src/packets/streams/flow-table.ts';
import { createTcpAnalysis } from '../../src/packets/streams/tcp-analysis.ts';
import * as marks from '../../src/packets/streams/tcp-marks.ts';

const TCP = 6;
const UDP = 17;
const MARKS: readonly [name: string, bits: number][] = [
  ['retransmissions', marks.RETRANSMISSION | marks.FAST_RETRANSMISSION | marks.SPURIOUS_RETRANSMISSION],
  ['fastRetransmissions', marks.FAST_RETRANSMISSION],
  ['spuriousRetransmissions', marks.SPURIOUS_RETRANSMISSION],
  ['lostSegments', marks.LOST_SEGMENT],
  ['ackedUnseen', marks.ACKED_UNSEEN],
  ['duplicateAcks', marks.DUPLICATE_ACK],
  ['zeroWindows', marks.ZERO_WINDOW],
  ['zeroWindowProbes', marks.ZERO_WINDOW_PROBE],
  ['zeroWindowProbeAcks', marks.ZERO_WINDOW_PROBE_ACK],
  ['windowUpdates', marks.WINDOW_UPDATE],
  ['keepAlives', marks.KEEP_ALIVE],
  ['keepAliveAcks', marks.KEEP_ALIVE_ACK],
];

/** What our own reader counts in a capture, under the names of the generator's truth. */
export function ownCounts(data: Uint8Array): Record<string, number> {
  const counts: Record<string, number> = Object.fromEntries(MARKS.map(([name]) => [name, 0]));
  const streams = { tcp: new Set<number>(), udp: new Set<number>() };
  const frame = createFrame();
  const [tcpFlows, udpFlows] = [createFlowTable(100_000), createFlowTable(100_000)];
  const analysis = createTcpAnalysis();
  let packets = 0;
  const reader = createCaptureReader((bytes, start, end, header) => {
    packets += 1;
    decodeFrame(frame, header.linkType, bytes, start, end, header.wireLength);
    if (frame.transport === UDP) streams.udp.add(udpFlows.find(frame).flow);
    if (frame.transport !== TCP) return;
    const verdict = analysis.judge(frame, tcpFlows.find(frame), header.seconds, header.nanoseconds);
    streams.tcp.add(verdict.stream);
    for (const [name, bits] of MARKS) {
      if ((verdict.marks & bits) !== 0) counts[name] = (counts[name] ?? 0) + 1;
    }
  });
  reader.push(data);
  reader.end();
  return { ...counts, packets, tcpConversations: streams.tcp.size, udpConversations: streams.udp.size };
}
