import {
  FAST_RETRANSMISSION,
  KEEP_ALIVE,
  LOST_SEGMENT,
  OUT_OF_ORDER,
  RETRANSMISSION,
  SPURIOUS_RETRANSMISSION,
} from '../../../packets/streams/tcp-marks.ts';
import type { FieldName } from '../fields.ts';
import { all, type Row } from '../row.ts';
import type { CrossCheck, DeepOffer, Disagreement } from './deep-offer.ts';

/**
 * What both readers must tell alike, of everything that our own reader tells. Certificates, dates and passwords are not
 * among it: tshark is not asked for the ones, and our own reader never says the others.
 */
const COMPARED: readonly FieldName[] = [
  'dns.id',
  'dns.flags',
  'dns.qry.name',
  'dns.qry.type',
  'tls.handshake.type',
  'tls.handshake.version',
  'tls.handshake.extensions_server_name',
  'tls.alert_message.desc',
  'http.request.method',
  'http.response.code',
];

const MOST_CONVERSATIONS = 4_000;
const MOST_DISAGREEMENTS = 20;
const MOST_TOLD = 5;
const CLIP = 100;
/** Our own reader stops telling of one packet there. */
const MOST_VALUES = 200;
/** Damaged names, and names beyond ASCII, are written in different ways. */
const PLAIN = /^[\x21-\x7e]*$/;

/** What becomes of the order of bytes behind these is a matter of taste. */
const DISORDER =
  RETRANSMISSION | FAST_RETRANSMISSION | SPURIOUS_RETRANSMISSION | OUT_OF_ORDER | LOST_SEGMENT | KEEP_ALIVE;

interface Compared {
  kind: 'tcp' | 'udp';
  stream: number;
  frame: number;
  /** Packets that our own reader told of, less those that tshark told of. */
  waiting: number;
  packets: number;
  isSound: boolean;
  /** How often a value of a field was told by our own reader, less how often by tshark. */
  balance: Map<string, number>;
  values: number;
}

/** Compares, conversation by conversation, what our own reader and tshark say of the same packets. */
export function createCrossCheck() {
  const conversations = new Map<string, Compared>();

  const tell = (conversation: Compared, row: Row, sign: 1 | -1): void => {
    conversation.waiting += sign;
    for (const field of COMPARED) {
      const values = all(row, field);
      if (values.length >= MOST_VALUES || values.some((value) => !PLAIN.test(value)))
        conversation.isSound = false;
      for (const value of values.slice(0, MOST_VALUES)) {
        const key = `${field} ${value.slice(0, CLIP)}`;
        const balance = (conversation.balance.get(key) ?? 0) + sign;
        if (balance === 0) conversation.balance.delete(key);
        else conversation.balance.set(key, balance);
        if (sign > 0) conversation.values += 1;
      }
    }
  };
  return {
    /** Our own reader tells of a packet that tshark is given too. */
    tellOwn(packet: DeepOffer, kind: 'tcp' | 'udp', isComparable: boolean): void {
      const key = `${kind} ${packet.stream}`;
      const known = conversations.get(key);
      if (known === undefined && conversations.size >= MOST_CONVERSATIONS) return;
      const conversation = known ?? newCompared(kind, packet);
      conversations.set(key, conversation);
      conversation.packets += 1;
      // What is cut off by the snap length each reader makes the best of.
      const isDisordered = ((packet.verdict?.marks ?? 0) & DISORDER) !== 0;
      if (!isComparable || isDisordered || packet.frame.missing > 0) conversation.isSound = false;
      tell(conversation, packet.row(), 1);
    },
    tellTshark(kind: 'tcp' | 'udp' | 'other', stream: number, row: Row): void {
      const conversation = conversations.get(`${kind} ${stream}`);
      if (conversation !== undefined) tell(conversation, row, -1);
    },
    finish: (): CrossCheck => judge([...conversations.values()]),
  };
}

const newCompared = (kind: 'tcp' | 'udp', { stream, header }: DeepOffer): Compared => ({
  kind,
  stream,
  frame: header.number,
  waiting: 0,
  packets: 0,
  isSound: true,
  balance: new Map(),
  values: 0,
});

/** Only conversations of which both told everything, and something, say whether the two agree. */
function judge(conversations: readonly Compared[]): CrossCheck {
  const sound = conversations.filter(
    ({ isSound, waiting, values, balance }) => isSound && waiting === 0 && values + balance.size > 0,
  );
  const disagreeing = sound.filter(({ balance }) => balance.size > 0);
  const disagreements: Disagreement[] = disagreeing
    .slice(0, MOST_DISAGREEMENTS)
    .flatMap(fieldsOf)
    .slice(0, MOST_DISAGREEMENTS);
  return {
    conversations: sound.length,
    packets: sound.reduce((sum, { packets }) => sum + packets, 0),
    values: sound.reduce((sum, { values }) => sum + values, 0),
    disagreements,
    disagreeing: disagreeing.length,
  };
}

function fieldsOf({ kind, stream, frame, balance }: Compared): Disagreement[] {
  const told = [...balance].map(([key, count]) => {
    const blank = key.indexOf(' ');
    return { field: key.slice(0, blank), value: key.slice(blank + 1), count };
  });
  return [...new Set(told.map(({ field }) => field))].map((field) => {
    const of = (sign: number): string[] =>
      told
        .filter((one) => one.field === field && one.count * sign > 0)
        .map(({ value }) => value)
        .slice(0, MOST_TOLD);
    return { kind, stream, field, frame, own: of(1), tshark: of(-1) };
  });
}
