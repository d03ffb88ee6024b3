import { u16, u32 } from '../bytes.ts';
import type { Frame } from '../frame.ts';
import type { FlowPlace, FlowTable } from './flow-table.ts';

const TCP = 6;

/**
 * Finds the conversation of the innermost transport header, like `FlowTable.find`, also where deeper networks carry no
 * transport of their own: a tunnel over UDP around an ICMP message.
 */
export function findFlow(table: FlowTable, frame: Frame): FlowPlace {
  const { ownNetworks, transportNetwork } = frame;
  if (transportNetwork === ownNetworks - 1) return table.find(frame);
  frame.ownNetworks = transportNetwork + 1;
  const place = table.find(frame);
  frame.ownNetworks = ownNetworks;
  return place;
}

/**
 * Calls `visit` for each transport header beside the innermost one (outside of a tunnel, or quoted), while the frame is as
 * if that were the innermost, with a payload of unknown length. tshark counts these as conversations too, so numbers
 * agree only where they are visited, and in the order of the headers: before the innermost one.
 */
export function visitSides(frame: Frame, visit: (frame: Frame, transport: number) => void): void {
  const { ownNetworks, sourcePort, targetPort, tcpFlags, tcpSequence, payloadLength } = frame;
  const { transport, transportAt } = frame;
  for (let index = 0; index < frame.sides; index += 1) {
    const at = frame.sideAt[index] ?? 0;
    frame.transport = frame.sideTransport[index] ?? 0;
    frame.transportAt = at;
    frame.ownNetworks = (frame.sideNetwork[index] ?? 0) + 1;
    frame.sourcePort = u16(frame.bytes, at);
    frame.targetPort = u16(frame.bytes, at + 2);
    frame.tcpFlags = frame.transport === TCP ? u16(frame.bytes, at + 12) & 0x0fff : 0;
    frame.tcpSequence = u32(frame.bytes, at + 4);
    frame.payloadLength = -1;
    visit(frame, frame.transport);
  }
  frame.ownNetworks = ownNetworks;
  frame.sourcePort = sourcePort;
  frame.targetPort = targetPort;
  frame.tcpFlags = tcpFlags;
  frame.tcpSequence = tcpSequence;
  frame.payloadLength = payloadLength;
  frame.transport = transport;
  frame.transportAt = transportAt;
}
