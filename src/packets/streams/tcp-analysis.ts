import type { Frame } from '../frame.ts';
import type { FlowPlace } from './flow-table.ts';
import { ACK, DUPLICATE_ACK, SYN } from './tcp-marks.ts';
import {
  BASE_SEQUENCE,
  DUPLICATE_ACKS,
  HAS_BASE,
  addStream,
  fieldRow,
  newTcpState,
  timeRow,
  type TcpState,
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

  const streamOf = ({ flow, direction, isNew }: FlowPlace, { tcpFlags, tcpSequence }: Frame): number => {
    if (flow >= current.length) {
      const larger = new Int32Array(current.length * 2);
      larger.set(current);
      current = larger;
    }
    const stream = current[flow] ?? 0;
    if (!isNew && !isReused(state, fieldRow(stream, direction), tcpFlags, tcpSequence)) return stream;
    current[flow] = addStream(state);
    return state.streams - 1;
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
      segment.seconds = seconds;
      segment.nanoseconds = nanoseconds;
      segment.stream = stream;
      segment.own = fieldRow(stream, place.direction);
      segment.other = fieldRow(stream, 1 - place.direction);
      segment.ownTimes = timeRow(stream, place.direction);
      segment.otherTimes = timeRow(stream, 1 - place.direction);
      segment.marks = 0;
      analyse(state, segment);
      verdict.marks = segment.marks;
      verdict.duplicateAck =
        (segment.marks & DUPLICATE_ACK) === 0 ? 0 : (state.fields[segment.own + DUPLICATE_ACKS] ?? 0);
      verdict.initialRttNanoseconds = state.initialRtt[stream] ?? 0;
      return verdict;
    },
  };
}

/** A SYN with another sequence number than the one before begins a new connection over the same ports. */
function isReused(state: TcpState, own: number, flags: number, sequence: number): boolean {
  const { fields } = state;
  return (
    (flags & (SYN | ACK)) === SYN &&
    fields[own + HAS_BASE] === 1 &&
    fields[own + BASE_SEQUENCE] !== (sequence | 0)
  );
}
