import { decodeFrame } from '../../packets/decode.ts';
import type { OnPacket } from '../../packets/formats/record.ts';
import { createFrame, layerPath } from '../../packets/frame.ts';
import { createMessageFollower } from '../../packets/streams/follow-messages.ts';
import { createFlowTable } from '../../packets/streams/flow-table.ts';
import { findFlow, visitSides } from '../../packets/streams/side-flows.ts';
import { createTcpAnalysis } from '../../packets/streams/tcp-analysis.ts';
import { putDatagram, putHeard } from './own-application.ts';
import { draftRow, put, putPayload, putTcp, putUdp, type DraftRow } from './own-row.ts';
import { putSideTcp, putSideUdp } from './own-sides.ts';
import { putWlan } from './own-wlan.ts';
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
  /** Conversations outside of a tunnel and those that are quoted are rows' values too, in front of the innermost. */
  const putSides = (row: DraftRow): void =>
    visitSides(frame, (side, transport) => {
      if (transport === UDP) putSideUdp(row, side, udpFlows.find(side).flow);
      else putSideTcp(row, side, analysis.judge(side, tcpFlows.find(side), 0, 0).stream);
    });
  return {
    onPacket: (bytes, start, end, header) => {
      decodeFrame(frame, header.linkType, bytes, start, end, header.wireLength, header.seconds);
      const row = draftRow(header, frame, end - start);
      if (frame.wlanAt >= 0) putWlan(row, frame);
      if (frame.sides > 0) putSides(row);
      if (frame.transport === UDP) {
        putUdp(row, frame, findFlow(udpFlows, frame).flow);
        putDatagram(row, frame);
        putPayload(row, frame, 'udp.payload');
      } else if (frame.transport === TCP) {
        const place = findFlow(tcpFlows, frame);
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
