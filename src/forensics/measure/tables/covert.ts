import { bytesOf } from '../content/payload.ts';
import {
  addBounded,
  addEvidence,
  createPairMap,
  including,
  NO_NUMBERS,
  noEvidence,
  NOTHING_SEEN,
  witness,
  type Evidence,
} from '../bounded.ts';
import { ACK, SYN, type Packet } from '../packet.ts';
import { number, text } from '../row.ts';

/** SYNs of one host to another, and how many carry a letter where there should be a random number. */
export interface HiddenLetters {
  source: string;
  target: string;
  syns: number;
  inIdentification: Readonly<Evidence>;
  inSequence: Readonly<Evidence>;
  letters: ReadonlySet<number>;
}

/** Pings of one host to another that carry text which no ping program writes. */
export interface PingText {
  source: string;
  target: string;
  pings: number;
  texts: Evidence;
  different: Set<string>;
  /** Long ones, and how many different fillings they have behind what may be a time stamp. */
  long: Evidence;
  fillings: Set<string>;
}

export interface CovertTable {
  letters: HiddenLetters[];
  pings: PingText[];
}

const MAX_ROWS = 10_000;
const MAX_DIFFERENT = 20;
/** What ping programs send without being asked to. */
const LONG_PING = 64;
/** Ping programs may put a time in front; behind it they send the same filling each time. */
const FILLING_FROM = 24;
const FILLING_TO = 56;
const MAX_FILLINGS = 200;
const TEXT = /[\t\r\n -~]{12}/;

export function createCovert() {
  const letters = createPairMap<HiddenLetters>(MAX_ROWS, (source, target) => ({
    source,
    target,
    syns: 0,
    inIdentification: NOTHING_SEEN,
    inSequence: NOTHING_SEEN,
    letters: NO_NUMBERS,
  }));
  const pings = createPairMap<PingText>(MAX_ROWS, (source, target) => ({
    source,
    target,
    pings: 0,
    texts: noEvidence(),
    different: new Set(),
    long: noEvidence(),
    fillings: new Set(),
  }));
  return {
    add(packet: Packet): void {
      const { transport, source, target, layers, row, frame } = packet;
      if (source === null || target === null) return;
      if (transport?.kind === 'tcp' && (transport.flags & (SYN | ACK)) === SYN) {
        const known = letters.at(source, target);
        if (known !== null) followSyn(known, packet);
      }
      if (layers.at(-2) !== 'icmp' && !layers.includes('icmp')) return;
      if (![0, 8].includes(number(row, 'icmp.type') ?? -1)) return;
      const known = pings.at(source, target);
      if (known === null) return;
      known.pings += 1;
      const bytes = bytesOf(text(row, 'data.data'));
      if (bytes.length > LONG_PING) {
        addEvidence(known.long, frame);
        addBounded(known.fillings, bytes.slice(FILLING_FROM, FILLING_TO), MAX_FILLINGS);
      }
      if (!TEXT.test(bytes) || isPattern(bytes)) return;
      addEvidence(known.texts, frame);
      addBounded(known.different, bytes.slice(0, 60), MAX_DIFFERENT);
    },
    finish: (): CovertTable => ({ letters: letters.values(), pings: pings.values() }),
  };
}

/** The tool covert_tcp (Rowland, First Monday 1997) writes one letter into the high byte and leaves the rest zero. */
function followSyn(known: HiddenLetters, { identification, transport, frame }: Packet): void {
  known.syns += 1;
  const sequence = transport?.segment?.sequence ?? 0;
  const inId = (identification & 0xff) === 0 && isLetter(identification >>> 8);
  const inSequence = (sequence & 0xffffff) === 0 && isLetter(sequence >>> 24);
  if (inId) known.inIdentification = witness(known.inIdentification, frame);
  if (inSequence) known.inSequence = witness(known.inSequence, frame);
  if (inId || inSequence)
    known.letters = including(known.letters, inId ? identification >>> 8 : sequence >>> 24, 256);
}

const isLetter = (code: number): boolean => (code >= 0x20 && code < 0x7f) || code === 0x0a || code === 0x0d;

/** Filling of ping programs: the alphabet, counted numbers, one byte or a few again and again. */
function isPattern(bytes: string): boolean {
  const start = Math.max(bytes.length - 40, 0);
  const tail = bytes.slice(start);
  let steps = 0;
  for (let index = 1; index < tail.length; index += 1) {
    const step = tail.charCodeAt(index) - tail.charCodeAt(index - 1);
    if (step === 1 || step === 0 || step === -22) steps += 1;
  }
  return steps >= tail.length * 0.7 || new Set(tail).size <= 4;
}
