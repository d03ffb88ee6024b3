import { u16 } from '../../../packets/bytes.ts';
import type { PacketCrypto } from '../../../packets/application/quic-initial.ts';
import { decodeFrame } from '../../../packets/decode.ts';
import type { OnPacket, RecordHeader } from '../../../packets/formats/record.ts';
import { createFrame, enter, hasLayer, type Frame } from '../../../packets/frame.ts';
import { layer } from '../../../packets/layers.ts';
import { createMessageFollower } from '../../../packets/streams/follow-messages.ts';
import { createQuicFollower } from '../../../packets/streams/follow-quic.ts';
import { createFlowTable } from '../../../packets/streams/flow-table.ts';
import { findFlow, visitSides } from '../../../packets/streams/side-flows.ts';
import { createTcpAnalysis } from '../../../packets/streams/tcp-analysis.ts';
import { ACK, FIN, RST, SYN } from '../../../packets/streams/tcp-marks.ts';
import type { Packet } from '../packet.ts';
import {
  ANY,
  ARP_MESSAGE,
  EARLY_PAYLOAD,
  FRAGMENT,
  ICMP_MESSAGE,
  MESSAGE,
  OTHER,
  TCP_CONTROL,
  TCP_SEGMENT,
  UDP_DATAGRAM,
  UNDERSTOOD,
} from './attention.ts';
import {
  createAddressTexts,
  createConversations,
  type Conversations,
  type ConversationTotals,
} from './conversations.ts';
import { addressOf, createOwnPacket } from './own-packet.ts';
import { createPaths, type Path, type Paths } from './paths.ts';
import { newSight, type Sight } from './sight.ts';
import { fillTcp, fillUdp, newTcp, newUdp } from './transports.ts';

/** Hears every packet that our own reader has looked at. `packet` and `sight` are valid during the call only. */
export type OnSight = (packet: Packet, shows: number, sight: Sight) => void;

/** The one pass of our own reader over a capture, from records to conversations and messages. */
export interface OwnLane {
  onPacket: OnPacket;
  /** Every TCP connection and UDP flow with what its packets sum up to, and its protocols. */
  conversations(): Iterable<ConversationTotals & { layers: readonly string[] }>;
  /** Packets that are in no conversation because there were too many. */
  refused(): number;
}

const TCP = 6;
const UDP = 17;
const QUIC = layer('quic');
const MAX_FLOWS = 200_000;

/** `crypto` opens the hellos of QUIC, which stay closed without it. */
export function createOwnLane(onSight: OnSight, crypto: PacketCrypto | null = null): OwnLane {
  const frame = createFrame();
  const paths = createPaths();
  const texts = createAddressTexts();
  const tcp = createTcpEyes(frame, paths, createConversations('tcp', texts));
  const udp = createUdpEyes(frame, paths, createConversations('udp', texts), crypto);
  const sight = newSight(frame, paths.of(frame));
  const packet = createOwnPacket(sight);
  return {
    onPacket: (bytes, start, end, header) => {
      decodeFrame(frame, header.linkType, bytes, start, end, header.wireLength, header.seconds);
      if (sight.sideStreams.length > 0) sight.sideStreams.length = 0;
      if (frame.sides > 0) seeSides(frame, sight, tcp, udp);
      sight.bytes = bytes;
      sight.start = start;
      sight.end = end;
      sight.header = header;
      let shows =
        (frame.transport === TCP ? tcp.see(sight) : frame.transport === UDP ? udp.see(sight) : 0) ||
        seeOther(sight, paths);
      if (sight.understood) shows |= UNDERSTOOD;
      if (isFragment(frame)) shows |= FRAGMENT;
      packet.fill();
      onSight(packet.packet, shows, sight);
    },
    *conversations() {
      for (const { conversations } of [tcp, udp]) {
        for (const totals of conversations.all())
          yield { ...totals, layers: paths.at(totals.path)?.layers ?? [] };
      }
    },
    refused: () => tcp.refused() + udp.refused(),
  };
}

/** Conversations outside of a tunnel, and those that an ICMP error quotes, are numbered before the innermost one. */
function seeSides(frame: Frame, { sideStreams }: Sight, tcp: Eyes, udp: Eyes): void {
  visitSides(frame, (side, transport) => {
    sideStreams.push((transport === UDP ? udp : tcp).number(side));
  });
}

/** Looks at the packets of one transport: fills the sight and answers what the packet shows; 0 where it is in no conversation. */
interface Eyes {
  see(sight: Sight): number;
  /** The number of the conversation of a header that is not the innermost. */
  number(side: Frame): number;
  conversations: Conversations;
  refused(): number;
}

function createTcpEyes(frame: Frame, paths: Paths, conversations: Conversations): Eyes {
  const flows = createFlowTable(MAX_FLOWS);
  const analysis = createTcpAnalysis();
  const follower = createMessageFollower();
  const plain = newTcp();
  return {
    see(sight) {
      const { header } = sight;
      const place = findFlow(flows, frame);
      const verdict = analysis.judge(frame, place, header.seconds, header.nanoseconds);
      const { stream } = verdict;
      if (stream < 0) return 0;
      conversations.add(stream, place.direction, frame, header.wireLength, timeOf(header));
      const heard = follower.hear(frame, stream, place.direction);
      if (heard !== null) for (const number of heard.layers) enter(frame, number);
      sight.verdict = verdict;
      sight.heard = heard;
      placeSight(sight, conversations, paths, stream, place.direction);
      let shows = ANY | TCP_SEGMENT;
      if (isControl(frame.tcpFlags) || place.isNew) shows |= TCP_CONTROL;
      if (isEarly(frame, paths, conversations, stream)) shows |= EARLY_PAYLOAD;
      if (heard?.isNews === true) shows |= MESSAGE;
      // Of messages tables keep it until their answer; all others fill one and the same object.
      const transport = (shows & MESSAGE) === 0 ? plain : newTcp();
      fillTcp(transport, frame, verdict);
      sight.transport = transport;
      return shows;
    },
    number: (side) => analysis.judge(side, flows.find(side), 0, 0).stream,
    conversations,
    refused: () => flows.refused(),
  };
}

function createUdpEyes(
  frame: Frame,
  paths: Paths,
  conversations: Conversations,
  crypto: PacketCrypto | null,
): Eyes {
  const flows = createFlowTable(MAX_FLOWS);
  const quic = crypto === null ? null : createQuicFollower(crypto);
  const plain = newUdp();
  return {
    see(sight) {
      const { header } = sight;
      const { flow: stream, direction } = findFlow(flows, frame);
      if (stream < 0) return 0;
      conversations.add(stream, direction, frame, header.wireLength, timeOf(header));
      const heard = hasLayer(frame, QUIC) ? (quic?.hear(frame, stream, direction) ?? null) : null;
      if (heard !== null) for (const number of heard.layers) enter(frame, number);
      sight.verdict = null;
      sight.heard = heard;
      placeSight(sight, conversations, paths, stream, direction);
      let shows = ANY | UDP_DATAGRAM;
      if (isEarly(frame, paths, conversations, stream)) shows |= EARLY_PAYLOAD;
      if (frame.applicationAt >= 0) shows |= MESSAGE;
      const transport = (shows & MESSAGE) === 0 ? plain : newUdp();
      fillUdp(transport, frame, stream);
      sight.transport = transport;
      return shows;
    },
    number: (side) => flows.find(side).flow,
    conversations,
    refused: () => flows.refused(),
  };
}

/** Where a packet stands: its conversation, which way it goes, and what the conversation is known to speak. */
function placeSight(
  sight: Sight,
  conversations: Conversations,
  paths: Paths,
  stream: number,
  direction: number,
): void {
  const path = paths.of(sight.frame);
  const known = conversations.path(stream);
  const longest = known < 0 ? path : (paths.at(known) ?? path);
  if (known < 0 || longest.depth < path.depth) conversations.setPath(stream, path.number);
  sight.path = path;
  sight.stream = stream;
  sight.direction = direction;
  sight.understood = path.understood || longest.understood;
  sight.isSealed = longest.isSealed && conversations.carried(stream) > EARLY_SEALED;
  sight.source = conversations.sender(stream, direction);
  sight.target = conversations.sender(stream, 1 - direction);
}

const ARP = layer('arp');

function seeOther(sight: Sight, paths: Paths): number {
  const { frame } = sight;
  const path: Path = paths.of(frame);
  sight.path = path;
  sight.transport = null;
  sight.stream = -1;
  sight.direction = 0;
  sight.verdict = null;
  sight.heard = null;
  sight.understood = path.understood;
  sight.isSealed = false;
  sight.source = addressOf(frame, path, 'source');
  sight.target = addressOf(frame, path, 'target');
  return ANY | (frame.icmpAt >= 0 ? ICMP_MESSAGE : hasLayer(frame, ARP) ? ARP_MESSAGE : OTHER);
}

const FRAGMENT_BEFORE_SOURCE = 6;

function isFragment({
  bytes,
  networks,
  networkVersion,
  networkSource,
  fragmentIdentification,
}: Frame): boolean {
  if (fragmentIdentification >= 0) return true;
  for (let index = 0; index < networks; index += 1) {
    const at = (networkSource[index] ?? 0) - FRAGMENT_BEFORE_SOURCE;
    if (networkVersion[index] === 4 && (u16(bytes, at) & 0x3fff) !== 0) return true;
  }
  return false;
}

const timeOf = ({ seconds, nanoseconds }: RecordHeader): number => seconds + nanoseconds / 1e9;

const URG = 0x20;

/** Opens, closes or cuts a connection, or is no part of one. */
const isControl = (flags: number): boolean => (flags & (SYN | FIN | RST | URG)) !== 0 || (flags & ACK) === 0;

/** As many packets of a conversation that carry something are looked into; the small ones further on. */
const EARLY_PACKETS = 60;
const SMALL_BYTES = 400;
const EARLY_SMALL = 256;
/** Behind these there is ciphertext. */
const EARLY_SEALED = 10;
const HEARTBEAT = 0x18;
const TLS_MAJOR = 3;

/** A heartbeat record of TLS says how long it is in the clear, wherever it comes: what Heartbleed is seen by. */
const isHeartbeat = ({ bytes, payloadAt }: Frame): boolean =>
  bytes[payloadAt] === HEARTBEAT && bytes[payloadAt + 1] === TLS_MAJOR;

function isEarly(frame: Frame, paths: Paths, conversations: Conversations, stream: number): boolean {
  const carried = frame.payloadAt < 0 ? 0 : frame.end - frame.payloadAt;
  if (carried <= 0) return false;
  const before = conversations.carries(stream);
  if (before < EARLY_SEALED) return true;
  if (paths.at(conversations.path(stream))?.isSealed === true) return isHeartbeat(frame);
  return before < EARLY_PACKETS || (carried <= SMALL_BYTES && before < EARLY_SMALL);
}
