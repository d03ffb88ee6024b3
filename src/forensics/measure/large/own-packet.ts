import { ipv4Text, ipv6Text, macText } from '../../../packets/addresses.ts';
import type { Frame } from '../../../packets/frame.ts';
import { visitSides } from '../../../packets/streams/side-flows.ts';
import { putDatagram, putHeard } from '../own-application.ts';
import { FIELDS } from '../fields.ts';
import { draftRow, put, putTcp, putUdp, type DraftRow } from '../own-row.ts';
import { putSideTcp, putSideUdp } from '../own-sides.ts';
import { putWlan } from '../own-wlan.ts';
import { isAddress, type Packet } from '../packet.ts';
import type { Path } from './paths.ts';
import type { Sight } from './sight.ts';

const UDP = 17;
const NOTHING = new Uint8Array(0);

/** A packet that is filled again and again. */
export interface OwnPacket {
  packet: Packet;
  /** Makes it that of the sight as it is now. */
  fill(): void;
}

/**
 * One packet object for all packets of a capture. Its row, which is dear, is made where a table asks for it, and most
 * packets are asked for nothing but their numbers.
 */
export function createOwnPacket(sight: Sight): OwnPacket {
  const { frame } = sight;
  let row: readonly string[] | null = null;
  const made = (): readonly string[] => (row ??= rowOf(sight));
  sight.row = () => withPayload(made(), sight);
  const valueAt = (column: number): string | undefined => {
    if (isPayload(column)) return carriedHex(sight, column);
    // Tables ask what applications say, and most packets say nothing: no row is made to tell that.
    if (row === null && OF_HEADERS[column] === false && saysNothing(sight)) return '';
    return made()[column];
  };
  const packet: Filled = {
    frame: 0,
    at: 0,
    bytes: 0,
    captured: 0,
    layers: [],
    quotes: false,
    source: null,
    target: null,
    transport: null,
    identification: 0,
    row: { at: valueAt },
    timeToLive: () => timeToLive(frame),
    payload: () => payloadOf(frame),
  };
  return {
    packet,
    fill() {
      const { header, path } = sight;
      row = null;
      packet.frame = header.number;
      packet.at = header.seconds + header.nanoseconds / 1e9;
      packet.bytes = header.wireLength;
      packet.captured = sight.end - sight.start;
      packet.layers = path.layers;
      packet.quotes = path.quotes;
      packet.source = sight.source;
      packet.target = sight.target;
      packet.transport = sight.transport;
      const id = frame.networks === 0 ? 0 : (frame.networkId[frame.networks - 1] ?? 0);
      packet.identification = Math.max(id, 0);
    },
  };
}

type Filled = { -readonly [Name in keyof Packet]: Packet[Name] };

const TCP_PAYLOAD = FIELDS.indexOf('tcp.payload');
const UDP_PAYLOAD = FIELDS.indexOf('udp.payload');
/** Hexadecimal digits of all that a packet carries: dear, and hardly ever asked for. */
const isPayload = (column: number): boolean => column === TCP_PAYLOAD || column === UDP_PAYLOAD;

/** Columns of what is below the application; what a segment says in which nothing was heard fills no other. */
const OF_HEADERS = FIELDS.map((name) =>
  /^(arp|data|eth|frame|icmp|icmpv6|ip|ipv6|tcp|udp|wlan)[.]/.test(name),
);

const saysNothing = ({ transport, heard, frame }: Sight): boolean =>
  transport?.kind === 'tcp' && heard === null && frame.sides === 0 && frame.wlanAt < 0;

const payloadColumn = ({ transport }: Sight): number =>
  transport === null ? -1 : transport.kind === 'tcp' ? TCP_PAYLOAD : UDP_PAYLOAD;

function carriedHex(sight: Sight, column: number): string {
  return column === payloadColumn(sight) ? Buffer.from(payloadOf(sight.frame)).toString('hex') : '';
}

const withPayload = (row: readonly string[], sight: Sight): readonly string[] =>
  row.map((value, column) => (isPayload(column) ? carriedHex(sight, column) : value));

/** The row that one tshark pass would print, as far as our own decoder reaches. */
function rowOf(sight: Sight): readonly string[] {
  const { frame, header, start, end, path, transport, verdict, heard } = sight;
  const row = draftRow(header, frame, end - start);
  if (frame.wlanAt >= 0) putWlan(row, frame);
  if (frame.sides > 0) putSides(row, sight);
  if (transport?.kind === 'udp') {
    putUdp(row, frame, transport.stream);
    putDatagram(row, frame);
    if (heard !== null) putHeard(row, heard);
  } else if (transport?.kind === 'tcp' && verdict !== null) {
    putTcp(row, frame, verdict);
    if (heard !== null) putHeard(row, heard);
  }
  put(row, 'frame.protocols', path.text);
  return row;
}

function putSides(row: DraftRow, { frame, sideStreams }: Sight): void {
  let index = 0;
  visitSides(frame, (side, transport) => {
    const stream = sideStreams[index] ?? -1;
    if (transport === UDP) putSideUdp(row, side, stream);
    else putSideTcp(row, side, stream);
    index += 1;
  });
}

function payloadOf({ bytes, payloadAt, payloadLength, end }: Frame): Uint8Array {
  if (payloadAt < 0 || payloadLength <= 0) return NOTHING;
  return bytes.subarray(payloadAt, Math.min(payloadAt + payloadLength, end));
}

const HOP_LIMIT_BEFORE_SOURCE = 1;
const TIME_TO_LIVE_BEFORE_SOURCE = 4;

/** Of the outermost IP header, as `ip.ttl` and `ipv6.hlim`. */
function timeToLive({ bytes, networks, networkVersion, networkSource }: Frame): number | null {
  if (networks === 0) return null;
  const before = networkVersion[0] === 4 ? TIME_TO_LIVE_BEFORE_SOURCE : HOP_LIMIT_BEFORE_SOURCE;
  return bytes[(networkSource[0] ?? 0) - before] ?? null;
}

/** The addresses of a packet outside of TCP and UDP: of its innermost IP header, else of its link layer. */
export function addressOf(frame: Frame, { isIp }: Path, end: 'source' | 'target'): string | null {
  const { bytes } = frame;
  const index = frame.ownNetworks - 1;
  if (index >= 0) {
    const at = (end === 'source' ? frame.networkSource : frame.networkTarget)[index] ?? 0;
    return frame.networkVersion[index] === 4 ? ipv4Text(bytes, at) : ipv6Text(bytes, at);
  }
  // An IP header that is cut off has no addresses, and a MAC address is none of them.
  if (isIp) return null;
  const ethernet = end === 'source' ? frame.macSource : frame.macTarget;
  const wireless = end === 'source' ? frame.wlanSource : frame.wlanTarget;
  const at = ethernet >= 0 ? ethernet : wireless;
  const text = at < 0 ? '' : macText(bytes, at);
  return isAddress(text) ? text : null;
}
