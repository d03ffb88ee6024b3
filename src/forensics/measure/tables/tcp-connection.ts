import { NOTHING_SEEN, type Evidence } from '../bounded.ts';

/** What one side of a connection sent. */
export interface Side {
  packets: number;
  firstFrame: number;
  /** TCP payload. */
  bytes: number;
  /** Segments that need an acknowledgement: with payload, or FIN. */
  dataSegments: number;
  retransmissions: Readonly<Evidence>;
  /** Those among them that duplicate acknowledgements called for. */
  fastRetransmissions: Readonly<Evidence>;
  duplicateAcks: Readonly<Evidence>;
  /** Segments in front of which others are missing. */
  holes: Readonly<Evidence>;
  outOfOrder: number;
  zeroWindows: Readonly<Evidence>;
  windowFull: Readonly<Evidence>;
  resets: Readonly<Evidence>;
  /** Data segments since the other side was last heard. */
  unheard: Readonly<Evidence>;
  unheardSince: number;
  /** Most retransmissions in a row with nothing heard from the other side. */
  longestSilence: number;
  silentRetransmissions: number;
  /** Whether the last word about its receive window was zero. */
  windowShut: boolean;
  shutSince: number;
  /** Longest time that its receive window stayed shut, in seconds. */
  longestShut: number;
  firstAck: number | null;
  lastAck: number | null;
}

/** Resets of a connection that nobody had begun to close. */
export interface Cuts {
  /** Who sent the first one; null where there was none, or it hurt nobody. */
  by: 'client' | 'server' | null;
  resets: Readonly<Evidence>;
}

export interface Connection {
  stream: number;
  client: string;
  server: string;
  clientPort: number;
  serverPort: number;
  syns: Readonly<Evidence>;
  synAcks: number;
  established: boolean;
  /** Resets of the server in answer to a SYN. */
  refusals: Readonly<Evidence>;
  firstAt: number;
  lastAt: number;
  lastSynAt: number;
  handshakeSeconds: number | null;
  synToSynAckSeconds: number | null;
  synAckFrame: number;
  /** When the client's handshake was complete. */
  openAt: number | null;
  /** The client's first payload, where the server had said nothing before. */
  firstRequestAt: number | null;
  firstRequestFrame: number;
  requestAt: number | null;
  /** From the client's first request to the server's first answer, in seconds. */
  answerSeconds: number | null;
  answerFrame: number;
  finished: boolean;
  /** Which came first. */
  endedBy: 'fin' | 'rst' | null;
  /** Silence before the first reset, in seconds. */
  quietBeforeReset: number | null;
  /** Who sent payload last. */
  lastWord: 'client' | 'server' | null;
  /** Resets that cut it while a question was open. */
  cuts: Cuts;
  fromClient: Side;
  fromServer: Side;
}

/** A connection of which nothing was seen yet. */
export function newConnection(stream: number): Connection {
  return {
    stream,
    client: '',
    server: '',
    clientPort: 0,
    serverPort: 0,
    syns: NOTHING_SEEN,
    synAcks: 0,
    established: false,
    refusals: NOTHING_SEEN,
    firstAt: 0,
    lastAt: 0,
    lastSynAt: 0,
    handshakeSeconds: null,
    synToSynAckSeconds: null,
    synAckFrame: 0,
    openAt: null,
    firstRequestAt: null,
    firstRequestFrame: 0,
    requestAt: null,
    answerSeconds: null,
    answerFrame: 0,
    finished: false,
    endedBy: null,
    quietBeforeReset: null,
    lastWord: null,
    cuts: { by: null, resets: NOTHING_SEEN },
    fromClient: newSide(),
    fromServer: newSide(),
  };
}

function newSide(): Side {
  return {
    packets: 0,
    firstFrame: 0,
    bytes: 0,
    dataSegments: 0,
    retransmissions: NOTHING_SEEN,
    fastRetransmissions: NOTHING_SEEN,
    duplicateAcks: NOTHING_SEEN,
    holes: NOTHING_SEEN,
    outOfOrder: 0,
    zeroWindows: NOTHING_SEEN,
    windowFull: NOTHING_SEEN,
    resets: NOTHING_SEEN,
    unheard: NOTHING_SEEN,
    unheardSince: 0,
    longestSilence: 0,
    silentRetransmissions: 0,
    windowShut: false,
    shutSince: 0,
    longestShut: 0,
    firstAck: null,
    lastAck: null,
  };
}
