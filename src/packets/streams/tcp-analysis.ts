import type { Frame } from '../frame.ts';
import type { FlowPlace } from './flow-table.ts';
import { ACK, DUPLICATE_ACK, SYN } from './tcp-marks.ts';
import {
  BASE_SEQUENCE,
  DUPLICATE_ACKS,
  HAS_BASE,
  INITIAL_RTT,
  addStream,
  halfOf,
  newTcpState,
  pageOf,
  rowOf,
} from './tcp-state.ts';
import { analyse, newSegment } from './tcp-rules.ts';

/** The verdict on one segment. One object is reused. */
export interface TcpVerdict {
  /** Number of the connection in order of first packets, -1 where the table is full. */
  stream: number;
  marks: number;
  /** How many times in a row this acknowledgement came again, 0 where it did not. */
  duplicateAck: number;
  /** From SYN to the ACK that ended the handshake in nanoseconds; 0 where that is not known (yet). */
  initialRttNanoseconds: number;
}

export interface TcpAnalysis {
  /** Judges the TCP segment of a frame, which stands at `place`, recorded at this time. */
  judge(frame: Frame, place: FlowPlace, seconds: number, nanoseconds: number): TcpVerdict;
}

/**
 * Judges TCP segments by the rules that Wireshark publishes as tcp.analysis.* (User's Guide, section 7.5), so that the
 * numbers are comparable with what an engineer sees there.
 */
export function createTcpAnalysis(): TcpAnalysis {
  const state = newTcpState();
  /** Connection under way per flow: the same addresses and ports can carry one after the other. */
  let current = new Int32Array(32);
  const verdict: TcpVerdict = { stream: -1, marks: 0, duplicateAck: 0, initialRttNanoseconds: 0 };
  const segment = newSegment();

  const begin = (flow: number): number => {
    if (flow >= current.length) {
      const larger = new Int32Array(current.length * 2);
      larger.set(current);
      current = larger;
    }
    const stream = addStream(state);
    current[flow] = stream;
    return stream;
  };
  const streamOf = ({ flow, direction, isNew }: FlowPlace, { tcpFlags, tcpSequence }: Frame): number => {
    if (isNew) return begin(flow);
    const stream = current[flow] ?? 0;
    if ((tcpFlags & (SYN | ACK)) !== SYN) return stream;
    const own = halfOf(rowOf(stream), direction);
    return isReused(pageOf(state, stream), own, tcpSequence) ? begin(flow) : stream;
  };

  return {
    judge(frame, place, seconds, nanoseconds) {
      verdict.stream = -1;
      verdict.marks = 0;
      verdict.duplicateAck = 0;
      verdict.initialRttNanoseconds = 0;
      if (place.flow < 0) return verdict;
      const stream = streamOf(place, frame);
      verdict.stream = stream;
      if (frame.payloadLength < 0) return verdict;
      segment.flags = frame.tcpFlags;
      segment.sequence = frame.tcpSequence | 0;
      segment.acknowledgement = frame.tcpAcknowledgement | 0;
      segment.window = frame.tcpWindow;
      segment.length = frame.payloadLength;
      segment.scale = frame.tcpWindowScale;
      segment.seconds = seconds | 0;
      segment.nanoseconds = nanoseconds;
      const page = pageOf(state, stream);
      const row = rowOf(stream);
      const own = halfOf(row, place.direction);
      const other = halfOf(row, 1 - place.direction);
      const marks = analyse(page, row, own, other, segment);
      verdict.marks = marks;
      if ((marks & DUPLICATE_ACK) !== 0) verdict.duplicateAck = page[own + DUPLICATE_ACKS] ?? 0;
      const rtt = row + INITIAL_RTT;
      verdict.initialRttNanoseconds = (page[rtt] ?? 0) * 1e9 + (page[rtt + 1] ?? 0);
      return verdict;
    },
  };
}

/** A SYN with another sequence number than the one before begins a new connection over the same ports. */
function isReused(page: Int32Array, own: number, sequence: number): boolean {
  return page[own + HAS_BASE] === 1 && page[own + BASE_SEQUENCE] !== (sequence | 0);
}
