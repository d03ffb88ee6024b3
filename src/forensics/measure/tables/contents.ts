import { addBounded, addEvidence, createBoundedMap, noEvidence, type Evidence } from '../bounded.ts';
import {
  hearAnswer,
  startExchange,
  type HttpExchange,
  type HttpState,
  type Place,
} from '../content/http-exchange.ts';
import { payloadOf } from '../content/payload.ts';
import type { ContentSign } from '../content/sign.ts';
import { CONTENT_SIGNS, EXPRESSIONS } from '../content/signs.ts';
import { ACK, SYN, type Packet, type Transport } from '../packet.ts';

/** Packets from one host to another that show one sign. */
export interface ContentRow {
  sign: ContentSign;
  source: string;
  target: string;
  ports: Set<number>;
  seen: Evidence;
}

export interface Contents {
  rows: ContentRow[];
  exchanges: HttpExchange[];
}

interface Stream {
  client: string;
  clientPort: number;
  read: number;
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
  const found = new Map<string, ContentRow>();
  const streams = createBoundedMap<Stream>(MAX_STREAMS, () => ({
    client: '',
    clientPort: 0,
    read: 0,
    http: null,
  }));
  const exchanges: HttpExchange[] = [];
  return {
    add(packet: Packet): void {
      const { transport, source, target } = packet;
      if (transport === null || source === null || target === null) return;
      if (transport.kind === 'tcp' && transport.payload === 0 && (transport.flags & SYN) === 0) return;
      const stream = streams.at(`${transport.kind} ${transport.stream}`);
      if (stream === null) return;
      if (stream.client === '') orient(stream, transport, source, target);
      const bytes = payloadOf(packet);
      if (bytes === '') return;
      stream.read += 1;
      const up = stream.client === source && stream.clientPort === transport.sourcePort;
      const piece = { bytes, up, port: up ? transport.targetPort : transport.sourcePort };
      if (transport.kind === 'tcp') {
        const ends = { client: up ? source : target, server: up ? target : source };
        followHttp(stream, packet, { ...piece, ...ends, stream: transport.stream }, exchanges);
      }
      const small = bytes.length <= SMALL_BYTES && stream.read <= SEARCHED_SMALL;
      if (small || stream.read <= SEARCHED_PACKETS) search(found, packet, piece);
    },
    finish: (): Contents => ({
      rows: [...found.values()].filter(({ sign, seen }) => seen.count >= (sign.atLeast ?? 1)),
      exchanges,
    }),
  };
}

/** What one packet carries, which way, and the port of the server. */
interface Piece {
  bytes: string;
  up: boolean;
  port: number;
}

function search(found: Map<string, ContentRow>, packet: Packet, { bytes, up, port }: Piece): void {
  for (const [index, sign] of CONTENT_SIGNS.entries()) {
    if (!mayShow(sign, packet, up, port) || EXPRESSIONS[index]?.test(bytes) !== true) continue;
    const source = packet.source ?? '';
    const target = packet.target ?? '';
    const key = `${index} ${source} ${target}`;
    const row = found.get(key) ?? { sign, source, target, ports: new Set(), seen: noEvidence() };
    if (found.size >= MAX_ROWS && !found.has(key)) continue;
    found.set(key, row);
    addEvidence(row.seen, packet.frame);
    addBounded(row.ports, port, 20);
  }
}

function followHttp(
  state: Stream,
  { frame, at }: Packet,
  { bytes, up, ...place }: Piece & Omit<Place, 'frame' | 'at'>,
  exchanges: HttpExchange[],
): void {
  if (!up) {
    if (state.http !== null) hearAnswer(state.http, bytes, frame);
    return;
  }
  const begun = startExchange(bytes, { ...place, frame, at });
  if (begun === null) {
    if (state.http?.exchange.posted === '') state.http.exchange.posted = bytes.slice(0, POSTED_BYTES);
    return;
  }
  state.http = begun;
  if (exchanges.length < MAX_EXCHANGES) exchanges.push(begun.exchange);
}

function orient(
  stream: Stream,
  { kind, flags, sourcePort, targetPort }: Transport,
  source: string,
  target: string,
): void {
  const opened = kind === 'tcp' && (flags & SYN) !== 0;
  const forward = opened ? (flags & ACK) === 0 : sourcePort >= targetPort;
  stream.client = forward ? source : target;
  stream.clientPort = forward ? sourcePort : targetPort;
}

function mayShow(sign: ContentSign, { transport, layers }: Packet, up: boolean, port: number): boolean {
  if (transport?.kind !== sign.over) return false;
  if (sign.from !== undefined && (sign.from === 'client') !== up) return false;
  if (sign.ports !== undefined && !sign.ports.includes(port)) return false;
  if (sign.inside !== undefined && !sign.inside.some((layer) => layers.includes(layer))) return false;
  return sign.outside === undefined || !sign.outside.some((layer) => layers.includes(layer));
}
