import { decodeFrame } from '../../packets/decode.ts';
import type { OnPacket } from '../../packets/formats/record.ts';
import { createFrame, layerPath } from '../../packets/frame.ts';
import { createMessageFollower } from '../../packets/streams/follow-messages.ts';
import { createFlowTable } from '../../packets/streams/flow-table.ts';
import { createTcpAnalysis } from '../../packets/streams/tcp-analysis.ts';
import { putDatagram, putHeard } from './own-application.ts';
import { draftRow, put, putPayload, putTcp, putUdp } from './own-row.ts';
import type { Row } from './row.ts';

const TCP = 6;
const UDP = 17;
/** As many connections as the table of connections holds, and some room. */
const MAX_FLOWS = 200_000;

/** Turns packets into the rows that one tshark pass would print, as far as our own decoder reaches. */
export function createRowMaker(onRow: (row: Row) => void): { onPacket: OnPacket; refused(): number } {
  const frame = createFrame();
  const tcpFlows = createFlowTable(MAX_FLOWS);
  const udpFlows = createFlowTable(MAX_FLOWS);
  const analysis = createTcpAnalysis();
  const follower = createMessageFollower();
  return {
    onPacket: (bytes, start, end, header) => {
      decodeFrame(frame, header.linkType, bytes, start, end, header.wireLength);
      const row = draftRow(header, frame, end - start);
      if (frame.transport === UDP) {
        putUdp(row, frame, udpFlows.find(frame).flow);
        putDatagram(row, frame);
        putPayload(row, frame, 'udp.payload');
      } else if (frame.transport === TCP) {
        const place = tcpFlows.find(frame);
        const verdict = analysis.judge(frame, place, header.seconds, header.nanoseconds);
        putTcp(row, frame, verdict);
        putPayload(row, frame, 'tcp.payload');
        const heard = follower.hear(frame, verdict.stream, place.direction);
        if (heard !== null) putHeard(row, frame, heard);
      }
      put(row, 'frame.protocols', layerPath(frame));
      onRow(row);
    },
    refused: () => tcpFlows.refused() + udpFlows.refused(),
  };
}
