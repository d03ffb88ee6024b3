import type { LoggedCommand } from '../../../domain/analysis.ts';
import type { RecordHeader } from '../../../packets/formats/record.ts';
import type { Frame } from '../../../packets/frame.ts';
import type { TcpVerdict } from '../../../packets/streams/tcp-analysis.ts';
import type { Row } from '../row.ts';

/** A packet as the deep lane sees it, valid during the call: one object may be filled again and again. */
export interface DeepOffer {
  /** `header.number` is the frame number. */
  header: RecordHeader;
  bytes: Uint8Array;
  start: number;
  end: number;
  frame: Frame;
  /** Our own number of the TCP connection or UDP flow; -1 where there is none. */
  stream: number;
  /** 0 or 1; the other direction of the conversation has the other number. */
  direction: number;
  /** TCP only. */
  verdict: TcpVerdict | null;
  /** Whether our own reader reads what this conversation says, as far as it was seen. */
  understood: boolean;
  /** The row that our own reader makes of this packet; called for few packets, and only during the call. */
  row: () => Row;
}

/** How many packets of one protocol there were for tshark, and how many it was given. */
export interface DeepShare {
  /** As far as our own reader can tell: `tcp 445`, `udp 5060`, `wlan`, `ospf`. */
  name: string;
  offered: number;
  taken: number;
}

/** What tshark looked at of a large capture. */
export interface DeepCoverage {
  /** Packets that tshark dissected and whose rows came back. */
  read: number;
  /** Packets and bytes that it was given, the sample of the cross-check among them. */
  taken: number;
  takenBytes: number;
  /** Packets with something for it to say: of conversations that our own reader does not read, or of no conversation. */
  offered: number;
  /** The most frequent protocols, at most 40. */
  shares: readonly DeepShare[];
  /** Conversations that our own reader does not read: how many, of how many tshark saw all there is to say, or a part. */
  conversations: { all: number; whole: number; part: number };
  /** Whether anything was left out because the budget was spent, not because it would have said nothing. */
  isBudgetSpent: boolean;
}

/** What our own reader and tshark said about the same conversations. */
export interface CrossCheck {
  /** Conversations and packets compared. */
  conversations: number;
  packets: number;
  /** Values that both told of them. */
  values: number;
  disagreements: readonly Disagreement[];
  /** Conversations on which they disagree; `disagreements` has the first of them only. */
  disagreeing: number;
}

export interface Disagreement {
  kind: 'tcp' | 'udp';
  stream: number;
  field: string;
  /** First frame of the conversation. */
  frame: number;
  /** Values that only our own reader told, and that only tshark told; packet text is among them. */
  own: readonly string[];
  tshark: readonly string[];
}

export interface DeepReading {
  coverage: DeepCoverage;
  crossCheck: CrossCheck;
  commands: readonly LoggedCommand[];
  /** Sentences about what tshark saw, whether it agrees with our own reader, and what happened on the way. */
  notes: readonly string[];
  /** What tshark should have looked at and did not, and why; null where it did what it was meant to. */
  partial: string | null;
  /** Whether tshark was given everything of this conversation that carries something. */
  isWhole(kind: 'tcp' | 'udp', stream: number): boolean;
}

/** tshark beside our own reader, over the packets that it alone understands. */
export interface DeepLane {
  /** Answers whether tshark is given the packet. Cheap for packets of conversations that our own reader reads. */
  offer(packet: DeepOffer): boolean;
  /**
   * No more packets come: returns when tshark has told of the last. Throws CANCELLED, and SANDBOX_FAILED where the
   * sandbox went away.
   */
  finish(): Promise<DeepReading>;
}
