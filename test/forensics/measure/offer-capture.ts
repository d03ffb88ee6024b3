import { decodeFrame } from '../../../src/packets/decode.ts';
import { createFrame, hasLayer, layerPath, type Frame } from '../../../src/packets/frame.ts';
import { layer } from '../../../src/packets/layers.ts';
import { createCaptureReader } from '../../../src/packets/read-capture.ts';
import { createMessageFollower } from '../../../src/packets/streams/follow-messages.ts';
import { createFlowTable } from '../../../src/packets/streams/flow-table.ts';
import { createTcpAnalysis } from '../../../src/packets/streams/tcp-analysis.ts';
import { readerFor } from '../../../src/packets/application/tcp-services.ts';
import type { DeepLane } from '../../../src/forensics/measure/large/deep-offer.ts';
import { putDatagram, putHeard } from '../../../src/forensics/measure/own-application.ts';
import { draftRow, put, putTcp, putUdp } from '../../../src/forensics/measure/own-row.ts';
import type { Row } from '../../../src/forensics/measure/row.ts';

const TCP = 6;
const UDP = 17;
const READ_DATAGRAMS = ['dns', 'mdns', 'llmnr', 'dhcp', 'hsrp'] as const;

export interface Offered {
  frame: number;
  taken: boolean;
  understood: boolean;
  kind: 'tcp' | 'udp' | 'other';
  stream: number;
  row: Row;
}

/**
 * Offers every packet of a capture file to the lane, as our own reader sees it; `spoil` may change what that is made to
 * say of a packet. Answers what became of each.
 */
export function offerCapture(
  file: Uint8Array,
  lane: DeepLane,
  spoil: (row: string[]) => void = () => undefined,
): Offered[] {
  const frame = createFrame();
  const flows = { [TCP]: createFlowTable(100_000), [UDP]: createFlowTable(100_000) };
  const analysis = createTcpAnalysis();
  const follower = createMessageFollower();
  const readStreams = new Set<number>();
  const offered: Offered[] = [];
  const reader = createCaptureReader((bytes, start, end, header) => {
    decodeFrame(frame, header.linkType, bytes, start, end, header.wireLength);
    const row = draftRow(header, frame, end - start);
    let stream = -1;
    let direction = 0;
    let verdict = null;
    let understood = frame.arpAt >= 0 || frame.icmpAt >= 0;
    if (frame.transport === UDP) {
      const place = flows[UDP].find(frame);
      stream = place.flow;
      direction = place.direction;
      understood = READ_DATAGRAMS.some((name) => hasLayer(frame, layer(name)));
      putUdp(row, frame, stream);
      putDatagram(row, frame);
    } else if (frame.transport === TCP) {
      const place = flows[TCP].find(frame);
      verdict = analysis.judge(frame, place, header.seconds, header.nanoseconds);
      stream = verdict.stream;
      direction = place.direction;
      putTcp(row, frame, verdict);
      if (isRead(frame)) readStreams.add(stream);
      understood = readStreams.has(stream);
      const heard = follower.hear(frame, stream, direction);
      if (heard !== null) putHeard(row, frame, heard);
    }
    put(row, 'frame.protocols', layerPath(frame));
    spoil(row);
    const taken = lane.offer({
      header,
      bytes,
      start,
      end,
      frame,
      stream,
      direction,
      verdict,
      understood,
      row: () => row,
    });
    const kind = frame.transport === TCP ? 'tcp' : frame.transport === UDP ? 'udp' : 'other';
    offered.push({ frame: header.number, taken, understood, kind, stream, row });
  });
  reader.push(file);
  return offered;
}

const isRead = (frame: Frame): boolean =>
  frame.payloadAt >= 0 &&
  frame.payloadAt < frame.end &&
  readerFor(frame, { methods: [], login: 'none' }) !== null;
