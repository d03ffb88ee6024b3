import type { FlowEnd, FlowQuery } from '../../domain/flow-query.ts';
import { ipv4Text, ipv6Text } from '../../packets/addresses.ts';
import { decodeFrame } from '../../packets/decode.ts';
import type { RecordHeader } from '../../packets/formats/record.ts';
import { createFrame, type Frame } from '../../packets/frame.ts';
import { createFlowTable } from '../../packets/streams/flow-table.ts';
import { createTcpAnalysis } from '../../packets/streams/tcp-analysis.ts';

/** Whether a packet is one of those that are wanted; asked about every packet of a capture, in its order. */
export type MatchPacket = (bytes: Uint8Array, start: number, end: number, header: RecordHeader) => boolean;

const TCP = 6;
const UDP = 17;
const V4 = 4;
/** 80 MB of table; what comes after so many conversations is not found. */
const MAX_FLOWS = 1_000_000;

export function createMatch(query: FlowQuery): MatchPacket {
  if (query.kind === 'frames') {
    const { from, to } = query;
    return (_bytes, _start, _end, { number }) => number >= from && number <= to;
  }
  const frame = createFrame();
  const isWanted = query.kind === 'between' ? between(query) : ofStream(query);
  return (bytes, start, end, header) => {
    decodeFrame(frame, header.linkType, bytes, start, end, header.wireLength);
    return isWanted(frame, header);
  };
}

type IsWanted = (frame: Frame, header: RecordHeader) => boolean;

/** Conversations are counted as Wireshark does, which for TCP takes the sequence numbers of all segments. */
function ofStream({ transport, stream }: FlowQuery & { kind: 'stream' }): IsWanted {
  const flows = createFlowTable(MAX_FLOWS);
  if (transport === 'udp') return (frame) => frame.transport === UDP && flows.find(frame).flow === stream;
  const analysis = createTcpAnalysis();
  return (frame, { seconds, nanoseconds }) =>
    frame.transport === TCP &&
    analysis.judge(frame, flows.find(frame), seconds, nanoseconds).stream === stream;
}

/** Addresses are compared once for each conversation. */
function between({ a, b }: FlowQuery & { kind: 'between' }): IsWanted {
  const [tcp, udp] = [createFlowTable(MAX_FLOWS), createFlowTable(MAX_FLOWS)];
  const wanted = new Set<number>();
  return (frame) => {
    if (frame.transport !== TCP && frame.transport !== UDP) return false;
    const { flow, isNew } = (frame.transport === TCP ? tcp : udp).find(frame);
    if (flow < 0) return false;
    const key = frame.transport === TCP ? 2 * flow : 2 * flow + 1;
    if (isNew && joins(frame, a, b)) wanted.add(key);
    return wanted.has(key);
  };
}

function joins(frame: Frame, a: FlowEnd, b: FlowEnd | null): boolean {
  const source = { address: addressAt(frame, frame.networkSource), port: frame.sourcePort };
  const target = { address: addressAt(frame, frame.networkTarget), port: frame.targetPort };
  return (is(source, a) && is(target, b)) || (is(target, a) && is(source, b));
}

const is = (seen: { address: string; port: number }, wanted: FlowEnd | null): boolean =>
  wanted === null || (seen.address === wanted.address && (wanted.port === null || wanted.port === seen.port));

function addressAt(frame: Frame, places: Int32Array): string {
  const index = frame.ownNetworks - 1;
  const at = places[index] ?? 0;
  return frame.networkVersion[index] === V4 ? ipv4Text(frame.bytes, at) : ipv6Text(frame.bytes, at);
}
