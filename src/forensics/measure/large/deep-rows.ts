import {
  ACKED_UNSEEN,
  FAST_RETRANSMISSION,
  KEEP_ALIVE,
  LOST_SEGMENT,
  OUT_OF_ORDER,
  RETRANSMISSION,
  SPURIOUS_RETRANSMISSION,
  WINDOW_FULL,
  ZERO_WINDOW,
} from '../../../packets/streams/tcp-marks.ts';
import { FIELDS, passArgv, SEPARATOR, type FieldName } from '../fields.ts';
import type { Row } from '../row.ts';
import type { TakenPacket } from './taken-packets.ts';

/**
 * What tshark is not asked for here. It sees a part of each connection, so how that went is for our own reader to say;
 * and what packets carry is at hand, so it need not come back as text.
 */
const LEFT_OUT =
  /^(tcp[.](stream|analysis[.].*|payload)|udp[.](stream|payload)|data[.]data|tls[.]handshake[.]certificate)$/;

const DEEP_FIELDS = FIELDS.filter((name) => !LEFT_OUT.test(name));

/** Of a capture on standard input. */
const STANDARD_INPUT = '-';

/** The command line of tshark over the subset, with further options. */
export const deepArgv = (further: readonly string[] = []): string[] =>
  passArgv(
    STANDARD_INPUT,
    // Segments that it was not given would look as if they had been lost.
    ['-o', 'tcp.analyze_sequence_numbers:FALSE', ...further],
    DEEP_FIELDS,
  );

/** The number that tshark gives the packet of a line, from 1; null where it is no line of ours. */
export function numberOf(line: string): number | null {
  const number = Number(line.slice(0, Math.max(line.indexOf(SEPARATOR), 0)));
  return Number.isSafeInteger(number) && number > 0 ? number : null;
}

const COLUMN = new Map<FieldName, number>(FIELDS.map((name, index) => [name, index]));
const columnOf = (name: FieldName): number => COLUMN.get(name) ?? 0;
const DEEP_COLUMNS = DEEP_FIELDS.map(columnOf);

const FRAME = columnOf('frame.number');
const STREAMS = { tcp: columnOf('tcp.stream'), udp: columnOf('udp.stream'), other: -1 };
const DUPLICATE_ACK = columnOf('tcp.analysis.duplicate_ack_num');
const INITIAL_RTT = columnOf('tcp.analysis.initial_rtt');
const MARKS: readonly [number, number][] = (
  [
    ['tcp.analysis.retransmission', RETRANSMISSION | FAST_RETRANSMISSION | SPURIOUS_RETRANSMISSION],
    ['tcp.analysis.fast_retransmission', FAST_RETRANSMISSION],
    ['tcp.analysis.out_of_order', OUT_OF_ORDER],
    ['tcp.analysis.lost_segment', LOST_SEGMENT],
    ['tcp.analysis.ack_lost_segment', ACKED_UNSEEN],
    ['tcp.analysis.zero_window', ZERO_WINDOW],
    ['tcp.analysis.keep_alive', KEEP_ALIVE],
    ['tcp.analysis.window_full', WINDOW_FULL],
  ] as const
).map(([name, mark]) => [columnOf(name), mark]);

const TAB = SEPARATOR.charCodeAt(0);

/** Most columns of most lines are empty, so nothing is cut but what is not; false where it is no line of ours. */
function fillColumns(row: string[], line: string): boolean {
  let column = 0;
  let from = 0;
  for (let at = 0; at <= line.length; at += 1) {
    if (at < line.length && line.charCodeAt(at) !== TAB) continue;
    const place = DEEP_COLUMNS[column];
    if (place === undefined) return false;
    row[place] = at === from ? '' : line.slice(from, at);
    column += 1;
    from = at + 1;
  }
  return column === DEEP_COLUMNS.length;
}

/**
 * Makes rows of tshark's lines over the subset: with the frame numbers of the whole capture, our own numbers of
 * conversations, and our own judgement of segments. One row is filled again and again: it holds until the next line.
 * Where tshark finds the conversation in a tunnel that our own reader does not enter, it has no number.
 */
export function createRowFiller(): (line: string, packet: TakenPacket) => Row | null {
  const row: string[] = FIELDS.map(() => '');
  return (line, packet) => {
    if (!fillColumns(row, line)) return null;
    row[FRAME] = String(packet.frame);
    row[STREAMS.tcp] = '';
    row[STREAMS.udp] = '';
    if (packet.kind !== 'other' && packet.stream >= 0) row[STREAMS[packet.kind]] = String(packet.stream);
    for (const [column, mark] of MARKS) row[column] = (packet.marks & mark) === 0 ? '' : '1';
    row[DUPLICATE_ACK] = packet.duplicateAck > 0 ? String(packet.duplicateAck) : '';
    const rtt = packet.initialRttNanoseconds;
    row[INITIAL_RTT] = rtt > 0 ? (rtt / 1e9).toFixed(9) : '';
    return row;
  };
}
