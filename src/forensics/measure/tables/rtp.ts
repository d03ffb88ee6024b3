import { addBounded, addEvidence, createBoundedMap, noEvidence, type Evidence } from '../bounded.ts';
import type { Packet } from '../packet.ts';
import { has, number, numbers, text } from '../row.ts';
import { readUnannounced, type RtpHeader } from './unannounced-rtp.ts';

/** One RTP stream: one source of sound or pictures to one receiver. */
export interface RtpStream {
  source: string;
  target: string;
  sourcePort: number;
  targetPort: number;
  ssrc: number;
  /** Whether signalling told of it; else its header alone shows it. */
  announced: boolean;
  setup: string;
  received: number;
  firstFrame: number;
  firstAt: number;
  lastAt: number;
  /** Sequence numbers from first to last, as RFC 3550 section A.3 extends them. */
  expected: number;
  /** Packets behind a hole. */
  holes: Evidence;
  /** Interarrival jitter of RFC 3550 section 6.4.1, in seconds. */
  jitter: number;
  worstJitter: number;
  jitterSum: number;
  jitterSamples: number;
  worstFrames: Evidence;
  highest: number;
  payloadType: number;
  clock: number | null;
  firstTimestamp: number;
  previous: { at: number; timestamp: number } | null;
}

export interface RtpTable {
  streams: RtpStream[];
  /** Receivers that reported losses by RTCP. */
  reporters: Set<string>;
}

const MAX_STREAMS = 10_000;
/** So many packets in a row that count on are no chance. */
const PROOF = 100;
const MAX_REPORTERS = 10_000;
/** A jump further than this is a new beginning, not a loss (RFC 3550 MAX_DROPOUT). */
const MAX_DROPOUT = 3_000;
const NOTABLE_JITTER_SECONDS = 0.03;
const CLOCKS = [8_000, 16_000, 24_000, 32_000, 44_100, 48_000, 90_000];
/** Packets until the clock of a dynamic payload type is estimated. */
const CLOCK_AFTER = 40;

/** Losses and jitter of every RTP stream, announced by signalling or plain by its headers. */
export function createRtp() {
  const streams = createBoundedMap<RtpStream>(MAX_STREAMS, newStream);
  const reporters = new Set<string>();
  return {
    add(packet: Packet): void {
      const { layers, source, target, transport, row } = packet;
      if (source === null || target === null || transport === null) return;
      if (layers.includes('rtcp') && numbers(row, 'rtcp.ssrc.fraction').some((fraction) => fraction > 0))
        addBounded(reporters, source, MAX_REPORTERS);
      const announced = has(row, 'rtp.seq');
      const header = announced ? readHeader(packet) : readUnannounced(packet);
      if (header === null) return;
      const { sourcePort, targetPort } = transport;
      const stream = streams.at(`${source} ${target} ${sourcePort} ${targetPort} ${header.ssrc}`);
      if (stream === null) return;
      stream.announced = announced;
      follow(stream, packet, header);
    },
    finish: (): RtpTable => ({ streams: streams.values().filter(isProven), reporters }),
  };
}

/** Other datagrams begin like RTP by chance, but do not count on so steadily. */
const isProven = ({ announced, received, expected }: RtpStream): boolean =>
  announced || (received >= PROOF && received * 2 >= expected);

const readHeader = ({ row }: Packet): RtpHeader => ({
  ssrc: number(row, 'rtp.ssrc') ?? 0,
  sequence: number(row, 'rtp.seq') ?? 0,
  timestamp: number(row, 'rtp.timestamp') ?? 0,
  payloadType: number(row, 'rtp.p_type') ?? 0,
});

function follow(stream: RtpStream, { row, frame, at }: Packet, header: RtpHeader): void {
  const { sequence, timestamp, payloadType } = header;
  if (stream.received === 0) begin(stream, row, { frame, at, sequence, timestamp, payloadType });
  else {
    const step = (sequence - stream.highest) & 0xffff;
    // The same number again is a repeated frame.
    if (step === 0) return;
    if (step < MAX_DROPOUT) {
      if (step > 1) addEvidence(stream.holes, frame);
      stream.expected += step;
      stream.highest = sequence;
    } else if (step < 0x1_0000 - MAX_DROPOUT) {
      stream.expected += 1;
      stream.highest = sequence;
      stream.previous = null;
    }
  }
  stream.received += 1;
  stream.lastAt = at;
  if (payloadType === stream.payloadType) followJitter(stream, frame, at, timestamp);
}

interface First {
  frame: number;
  at: number;
  sequence: number;
  timestamp: number;
  payloadType: number;
}

function begin(stream: RtpStream, row: Packet['row'], first: First): void {
  stream.firstFrame = first.frame;
  stream.firstAt = first.at;
  stream.highest = first.sequence;
  stream.expected = 1;
  stream.firstTimestamp = first.timestamp;
  stream.payloadType = first.payloadType;
  stream.clock = clockOf(first.payloadType);
  stream.setup = text(row, 'rtp.setup-method').slice(0, 20);
}

function followJitter(stream: RtpStream, frame: number, at: number, timestamp: number): void {
  if (stream.clock === null && stream.received >= CLOCK_AFTER && at > stream.firstAt) {
    const rate = ((timestamp - stream.firstTimestamp) >>> 0) / (at - stream.firstAt);
    stream.clock = CLOCKS.reduce((a, b) => (Math.abs(b - rate) < Math.abs(a - rate) ? b : a));
  }
  const { previous, clock } = stream;
  stream.previous = { at, timestamp };
  if (previous === null || clock === null || timestamp === previous.timestamp) return;
  const difference = Math.abs(at - previous.at - ((timestamp - previous.timestamp) | 0) / clock);
  // Timestamps that jump by more than a second begin anew.
  if (difference > 1) return;
  stream.jitter += (difference - stream.jitter) / 16;
  stream.jitterSum += stream.jitter;
  stream.jitterSamples += 1;
  stream.worstJitter = Math.max(stream.worstJitter, stream.jitter);
  if (stream.jitter >= NOTABLE_JITTER_SECONDS) addEvidence(stream.worstFrames, frame);
}

/** Clock rates of static payload types (RFC 3551); null for dynamic ones. */
function clockOf(payloadType: number): number | null {
  if (payloadType === 6) return 16_000;
  if (payloadType === 10 || payloadType === 11) return 44_100;
  if (payloadType === 14 || (payloadType >= 25 && payloadType <= 34)) return 90_000;
  return payloadType < 24 ? 8_000 : null;
}

function newStream(key: string): RtpStream {
  const [source = '', target = '', sourcePort = '', targetPort = '', ssrc = ''] = key.split(' ');
  return {
    source,
    target,
    sourcePort: Number(sourcePort),
    targetPort: Number(targetPort),
    ssrc: Number(ssrc),
    announced: true,
    setup: '',
    received: 0,
    firstFrame: 0,
    firstAt: 0,
    lastAt: 0,
    expected: 0,
    holes: noEvidence(),
    jitter: 0,
    worstJitter: 0,
    jitterSum: 0,
    jitterSamples: 0,
    worstFrames: noEvidence(),
    highest: 0,
    payloadType: 0,
    clock: null,
    firstTimestamp: 0,
    previous: null,
  };
}
