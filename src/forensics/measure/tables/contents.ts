import { addBounded, addEvidence, noEvidence, type Evidence } from '../bounded.ts';
import {
  hearAnswer,
  startExchange,
  type HttpExchange,
  type HttpState,
  type Place,
} from '../content/http-exchange.ts';
import { payloadBytes, textOf } from '../content/payload.ts';
import { createSignSearch, type Searched } from '../content/search/sign-search.ts';
import type { ContentSign } from '../content/sign.ts';
import { CONTENT_SIGNS } from '../content/signs.ts';
import type { FindingKind } from '../../../domain/finding-kinds.ts';
import { ACK, SYN, type Packet, type Transport } from '../packet.ts';

/** Packets from one host to another that show one sign. */
export interface ContentRow {
  sign: ContentSign;
  source: string;
  target: string;
  ports: Set<number>;
  seen: Evidence;
  /** Of these packets those in which no sign before this one showed the same kind. */
  alone: number;
}

export interface Contents {
  rows: ContentRow[];
  /** "source target" of which packets were left out of the search, so that a filter may match more. */
  unsearched: ReadonlySet<string>;
  exchanges: HttpExchange[];
}

interface Stream {
  client: string;
  clientPort: number;
  read: number;
  /** What TLS has said so far: nothing, its first message, or that all that follows is ciphertext. */
  secrecy: 'none' | 'begun' | 'sealed';
  unsearched: boolean;
  http: HttpState | null;
}

const MAX_ROWS = 5_000;
const MAX_STREAMS = 100_000;
const MAX_EXCHANGES = 20_000;
/** Attacks stand at the start of a conversation or in small packets: the middle of a bulk transfer is not searched. */
const SEARCHED_PACKETS = 60;
const SMALL_BYTES = 400;
const SEARCHED_SMALL = 2_000;
const POSTED_BYTES = 200;

/** Looks into what TCP and UDP carry: signs of attacks and malicious programs, and HTTP exchange by exchange. */
export function createContents() {
  const rows = createRows();
  const streams = new Map<number, Stream>();
  const exchanges: HttpExchange[] = [];
  const searchSigns = createSignSearch(CONTENT_SIGNS);

  const streamOf = (packet: Packet, transport: Transport): Stream | null => {
    const key = transport.stream * 2 + (transport.kind === 'tcp' ? 0 : 1);
    const known = streams.get(key);
    if (known !== undefined) return known;
    if (streams.size >= MAX_STREAMS) return null;
    const stream = orient(transport, packet.source ?? '', packet.target ?? '');
    streams.set(key, stream);
    return stream;
  };
  const unsearched = new Set<string>();
  const leaveOut = (stream: Stream, { source, target }: Packet): void => {
    if (!stream.unsearched) unsearched.add(`${source} ${target}`).add(`${target} ${source}`);
    stream.unsearched = true;
  };

  return {
    add(packet: Packet): void {
      const { transport, source, target, layers } = packet;
      if (transport === null || source === null || target === null) return;
      const { kind } = transport;
      if (kind === 'tcp' && transport.payload === 0 && (transport.flags & SYN) === 0) return;
      const stream = streamOf(packet, transport);
      if (stream === null || stream.secrecy === 'sealed') return;
      if (isPast(stream, transport)) {
        leaveOut(stream, packet);
        return;
      }
      const bytes = payloadBytes(packet);
      if (bytes.length === 0) return;
      stream.read += 1;
      const up = stream.client === source && stream.clientPort === transport.sourcePort;
      const port = up ? transport.targetPort : transport.sourcePort;
      if (kind === 'tcp') {
        hearSecrecy(stream, bytes);
        const ends = { client: up ? source : target, server: up ? target : source };
        followHttp(stream, packet, { bytes, up, port, ...ends, stream: transport.stream }, exchanges);
      }
      const small = bytes.length <= SMALL_BYTES && stream.read <= SEARCHED_SMALL;
      if (!small && stream.read > SEARCHED_PACKETS) {
        leaveOut(stream, packet);
        return;
      }
      const searched: Searched = { over: kind, up, port, layers };
      const told: FindingKind[] = [];
      searchSigns(bytes, searched, (sign) => rows.note(sign, packet, port, told));
    },
    finish: (): Contents => ({
      rows: rows.finish(),
      unsearched,
      exchanges,
    }),
  };
}

function createRows() {
  const found = new Map<string, ContentRow>();
  return {
    /** `told` are the kinds that this packet has shown so far. */
    note(sign: number, packet: Packet, port: number, told: FindingKind[]): void {
      const [source, target] = [packet.source ?? '', packet.target ?? ''];
      const key = `${sign} ${source} ${target}`;
      if (found.size >= MAX_ROWS && !found.has(key)) return;
      const row = found.get(key) ?? newRow(CONTENT_SIGNS[sign], source, target);
      if (row === null) return;
      found.set(key, row);
      addEvidence(row.seen, packet.frame);
      addBounded(row.ports, port, 20);
      if (!told.includes(row.sign.kind)) row.alone += 1;
      // What has to come often may fall away at the end, and with it what it told first.
      if (row.sign.atLeast === undefined) told.push(row.sign.kind);
    },
    finish: () => [...found.values()].filter(({ sign, seen }) => seen.count >= (sign.atLeast ?? 1)),
  };
}

function newRow(sign: ContentSign | undefined, source: string, target: string): ContentRow | null {
  return sign === undefined ? null : { sign, source, target, ports: new Set(), seen: noEvidence(), alone: 0 };
}

/** Whether nobody looks into the stream's large segments any more, so that their bytes need not be fetched. */
function isPast({ read, http }: Stream, { kind, payload }: Transport): boolean {
  return kind === 'tcp' && read > SEARCHED_PACKETS && payload > SMALL_BYTES && http === null;
}

const TLS_HANDSHAKE = 22;
const TLS_CHANGE_CIPHER_SPEC = 20;
const TLS_APPLICATION_DATA = 23;

/** Behind a ClientHello and the first record that is encrypted there is nothing left in which a sign could stand. */
function hearSecrecy(stream: Stream, bytes: Uint8Array): void {
  const [type = 0, major = 0] = bytes;
  if (major !== 3) return;
  if (stream.read === 1 && type === TLS_HANDSHAKE && bytes[5] === 1) stream.secrecy = 'begun';
  else if (stream.secrecy === 'begun' && (type === TLS_APPLICATION_DATA || type === TLS_CHANGE_CIPHER_SPEC))
    stream.secrecy = 'sealed';
}

/** What one packet carries, which way, and the port of the server. */
interface Piece {
  bytes: Uint8Array;
  up: boolean;
  port: number;
}

function followHttp(
  state: Stream,
  { frame, at }: Packet,
  { bytes, up, ...place }: Piece & Omit<Place, 'frame' | 'at'>,
  exchanges: HttpExchange[],
): void {
  if (!up) {
    if (state.http !== null && state.http.expects !== 'nothing') hearAnswer(state.http, textOf(bytes), frame);
    return;
  }
  const begun = mayBegin(bytes) ? startExchange(textOf(bytes), { ...place, frame, at }) : null;
  if (begun === null) {
    if (state.http?.exchange.posted === '')
      state.http.exchange.posted = textOf(bytes.subarray(0, POSTED_BYTES));
    return;
  }
  state.http = begun;
  if (exchanges.length < MAX_EXCHANGES) exchanges.push(begun.exchange);
}

/** Whether the bytes begin with capital letters, as a request does. */
function mayBegin(bytes: Uint8Array): boolean {
  for (let at = 0; at < 3; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte < 0x41 || byte > 0x5a) return false;
  }
  return true;
}

/** A stream whose first packet this is: who opened it, or else who has the higher port, is the client. */
function orient({ kind, flags, sourcePort, targetPort }: Transport, source: string, target: string): Stream {
  const opened = kind === 'tcp' && (flags & SYN) !== 0;
  const forward = opened ? (flags & ACK) === 0 : sourcePort >= targetPort;
  return {
    client: forward ? source : target,
    clientPort: forward ? sourcePort : targetPort,
    read: 0,
    secrecy: 'none',
    unsearched: false,
    http: null,
  };
}
