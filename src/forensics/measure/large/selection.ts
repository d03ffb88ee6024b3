import { RETRANSMISSION, SPURIOUS_RETRANSMISSION, SYN } from '../../../packets/streams/tcp-marks.ts';
import { createAllowance, type Allowance } from './allowance.ts';
import {
  BEGUN,
  CLOSED,
  createConversationStates,
  LOOKED,
  MISSED,
  OFFERED,
  RUNNING,
  TURNED,
  WANTED,
  type ConversationStates,
} from './conversation-states.ts';
import type { DeepBudget } from './deep-lane.ts';
import type { DeepCoverage, DeepOffer } from './deep-offer.ts';
import { isMeasured, nameOf, WLAN_CONTROL } from './shares.ts';

/** What becomes of a packet: read by tshark for what it says, or only to compare, or not at all. */
export type Choice = 'read' | 'compare' | 'skip';

/** Decides which packets of a large capture tshark is given. */
export interface Selection {
  choose(packet: DeepOffer, share: number): Choice;
  /** Whether this connection was seen from its first packet on, and nothing of it was given to tshark for reading. */
  isComparable(packet: DeepOffer): boolean;
  isWhole(kind: 'tcp' | 'udp', stream: number): boolean;
  coverage(): Omit<DeepCoverage, 'read' | 'taken' | 'takenBytes'>;
}

const TCP = 6;
const UDP = 17;
/** So many packets per direction are given whatever they are: they carry handshakes, dialects, logins. */
const FIRST_SEGMENTS = 24;
const FIRST_DATAGRAMS = 64;
/** Behind those only what is small, or begins to answer: in the middle of a transfer there are no headers. */
const SMALL_BYTES = 512;
/** As much of one conversation, per direction, however little each packet of it has. */
const MOST_PACKETS = 16_000;
/** One of so many conversations that our own reader reads is compared, as far as this. */
const SAMPLE_SHIFT = 26;
const SPREAD = 0x9e3779b1;
const UDP_SALT = 0x5bd1e995;
const MOST_COMPARED = 200;
/** What a packet takes beside its bytes. */
const BLOCK_BYTES = 36;
const MOST_SHARES = 40;

/** What choosing rests on. */
interface Choosing {
  tcp: ConversationStates;
  udp: ConversationStates;
  allowance: Allowance;
  /** Whether anything was left out because the budget was spent. */
  isSpent: boolean;
}

export function createSelection(budget: DeepBudget, fileProgress: () => number | null): Selection {
  let seenBytes = 0;
  // Where nobody knows how much is to come, as much is kept back as was let out, again and again.
  const progress = (): number => fileProgress() ?? 1 - Math.exp(-seenBytes / (16 * budget.bytes));
  const choosing: Choosing = {
    tcp: createConversationStates(),
    udp: createConversationStates(),
    allowance: createAllowance(budget, progress),
    isSpent: false,
  };
  return {
    choose(packet, share) {
      const { frame, stream, start, end, understood } = packet;
      seenBytes += end - start;
      const states = statesOf(choosing, packet);
      if (states === null) return chooseAlone(choosing, packet, share);
      if (frame.transport === TCP && (frame.tcpFlags & SYN) !== 0) states.set(stream, BEGUN);
      if (frame.payloadAt < 0 || frame.payloadAt >= frame.end || isSentAgain(packet)) return 'skip';
      if (understood && !wantsTshark(packet, states)) return compare(choosing, packet, states);
      return read(choosing, packet, share, states);
    },
    isComparable: (packet) =>
      packet.frame.transport === UDP || (statesOf(choosing, packet)?.has(packet.stream, BEGUN) ?? false),
    isWhole: (kind, stream) => choosing[kind].has(stream, OFFERED) && !choosing[kind].has(stream, MISSED),
    coverage: () => coverageOf(choosing),
  };
}

/** tshark, where it judges segments itself, does not look into these either: it would tell the same message twice. */
const isSentAgain = ({ verdict }: DeepOffer): boolean =>
  ((verdict?.marks ?? 0) & (RETRANSMISSION | SPURIOUS_RETRANSMISSION)) !== 0;

function statesOf({ tcp, udp }: Choosing, { frame, stream }: DeepOffer): ConversationStates | null {
  if (stream < 0) return null;
  return frame.transport === TCP ? tcp : frame.transport === UDP ? udp : null;
}

/** A packet of no conversation. */
function chooseAlone(choosing: Choosing, packet: DeepOffer, share: number): Choice {
  const { frame, start, end, understood } = packet;
  // ARP and ICMP our own reader reads; control frames of Wi-Fi say nothing.
  if (understood || frame.arpAt >= 0 || frame.icmpAt >= 0 || share === WLAN_CONTROL) return 'skip';
  choosing.allowance.offered(share);
  // Of a conversation for which our own table has no room: there are too many of them for tshark, too.
  if (frame.transport !== 0) return 'skip';
  return spend(choosing, share, end - start + BLOCK_BYTES, false) ? 'read' : 'skip';
}

/** A packet of a conversation that our own reader reads: one in 64 of them is compared, from its beginning on. */
function compare({ allowance }: Choosing, packet: DeepOffer, states: ConversationStates): Choice {
  const { frame, stream, direction, start, end } = packet;
  const salt = frame.transport === UDP ? UDP_SALT : 0;
  if (Math.imul(stream ^ salt, SPREAD) >>> SAMPLE_SHIFT !== 0) return 'skip';
  if (states.has(stream, CLOSED | OFFERED)) return 'skip';
  const bytes = end - start + BLOCK_BYTES;
  if (states.taken(stream, direction) >= MOST_COMPARED || !allowance.allowsSample(bytes)) {
    states.set(stream, CLOSED);
    return 'skip';
  }
  states.take(stream, direction);
  allowance.spend(0, bytes, true);
  return 'compare';
}

/** A packet of a conversation that our own reader does not read. */
function read(choosing: Choosing, packet: DeepOffer, share: number, states: ConversationStates): Choice {
  const { stream, direction, frame, start, end } = packet;
  choosing.allowance.offered(share);
  states.set(stream, OFFERED);
  const isTurn = states.has(stream, TURNED) !== (direction === 1);
  if (direction === 1) states.set(stream, TURNED);
  else states.clear(stream, TURNED);
  const isRunning = states.has(stream, RUNNING);
  const taken = states.taken(stream, direction);
  const isWorth = !states.has(stream, CLOSED) && isWorthReading(packet, share, taken, isTurn);
  if (isWorth && spend(choosing, share, end - start + BLOCK_BYTES, isRunning)) {
    states.set(stream, RUNNING);
    states.take(stream, direction);
    return 'read';
  }
  states.set(stream, MISSED);
  // Sound and pictures with a hole in the middle would look as if the network had lost it.
  if (isRunning && frame.transport === UDP && !isMeasured(share)) states.set(stream, CLOSED);
  return 'skip';
}

function spend(choosing: Choosing, share: number, bytes: number, isRunning: boolean): boolean {
  const isAllowed = choosing.allowance.allows(share, bytes, isRunning);
  if (isAllowed) choosing.allowance.spend(share, bytes, false);
  else choosing.isSpent = true;
  return isAllowed;
}

function coverageOf({ allowance, tcp, udp, isSpent }: Choosing): ReturnType<Selection['coverage']> {
  const shares = allowance.shares();
  const part = tcp.count(MISSED, RUNNING, true) + udp.count(MISSED, RUNNING, true);
  const none = tcp.count(MISSED, RUNNING, false) + udp.count(MISSED, RUNNING, false);
  const whole = tcp.count(OFFERED, MISSED, false) + udp.count(OFFERED, MISSED, false);
  return {
    offered: shares.reduce((sum, { offered }) => sum + offered, 0),
    shares: shares
      .toSorted((a, b) => b.offered - a.offered)
      .slice(0, MOST_SHARES)
      .map(({ share, ...counts }) => ({ name: nameOf(share), ...counts })),
    conversations: { all: whole + part + none, whole, part },
    isBudgetSpent: isSpent,
  };
}

/** Whether a packet of a conversation that our own reader does not read may carry headers of its protocol. */
function isWorthReading({ frame }: DeepOffer, share: number, taken: number, isTurn: boolean): boolean {
  const isSmall = frame.end - frame.payloadAt <= SMALL_BYTES;
  if (frame.transport === UDP)
    return taken < FIRST_DATAGRAMS || (taken < MOST_PACKETS && (isSmall || isMeasured(share)));
  return taken < FIRST_SEGMENTS || (taken < MOST_PACKETS && (isSmall || isTurn));
}

/** How far a request is looked at. */
const LOOKED_AT = 1_024;

/** Whether tshark alone reads what HTTP carries here: what authorities say of certificates (OCSP, RFC 6960). */
function wantsTshark({ frame, stream }: DeepOffer, states: ConversationStates): boolean {
  if (states.has(stream, WANTED)) return true;
  if (frame.transport !== TCP || states.has(stream, LOOKED)) return false;
  states.set(stream, LOOKED);
  const { bytes, payloadAt, end } = frame;
  const head = Buffer.from(bytes.buffer, bytes.byteOffset + payloadAt, Math.min(end - payloadAt, LOOKED_AT));
  // A request, with its first letter in capitals.
  if ((head[0] ?? 0) < 0x41 || (head[0] ?? 0) > 0x5a || !head.includes('ocsp')) return false;
  states.set(stream, WANTED);
  return true;
}
