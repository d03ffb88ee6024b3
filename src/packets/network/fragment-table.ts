/** Datagrams of which some fragments were seen: at most 4,096 and 16 MiB, none for more than 60 seconds. */
export interface FragmentTable {
  datagrams: Map<string, Datagram>;
  bytes: number;
}

/** A piece of a datagram. */
export interface Piece {
  offset: number;
  isLast: boolean;
  bytes: Uint8Array;
}

interface Datagram {
  seconds: number;
  /** In the order of their offsets. */
  pieces: Piece[];
  /** Bytes of all pieces, overlaps counted twice. */
  received: number;
  /** Known from the last fragment on; -1 before. */
  length: number;
}

const MOST_DATAGRAMS = 4096;
const MOST_BYTES = 16 * 1024 * 1024;
/** RFC 8200 gives a datagram 60 seconds, hosts less. */
const LONGEST_WAIT_SECONDS = 60;
/** A datagram of 64 KiB has no more of the smallest fragments. */
const MOST_PIECES = 8192;
/** What a piece costs beside its bytes. */
const PIECE_COST = 96;

export const createFragmentTable = (): FragmentTable => ({ datagrams: new Map(), bytes: 0 });

/**
 * Keeps a piece of the datagram with this key and answers the pieces of the whole datagram where it was the missing
 * one, which is then forgotten; else null. Its length comes with the pieces.
 */
export function addPiece(
  table: FragmentTable,
  key: string,
  piece: Piece,
  seconds: number,
): { pieces: readonly Piece[]; length: number } | null {
  makeRoom(table, seconds);
  const datagram = table.datagrams.get(key) ?? { seconds, pieces: [], received: 0, length: -1 };
  const { pieces } = datagram;
  if (pieces.length >= MOST_PIECES) return null;
  if (pieces.length === 0) table.datagrams.set(key, datagram);
  let place = pieces.length;
  while (place > 0 && (pieces[place - 1]?.offset ?? 0) > piece.offset) place -= 1;
  pieces.splice(place, 0, piece);
  datagram.received += piece.bytes.length;
  table.bytes += piece.bytes.length + PIECE_COST;
  if (piece.isLast && datagram.length < 0) datagram.length = piece.offset + piece.bytes.length;
  if (datagram.length < 0 || datagram.received < datagram.length || hasHole(datagram)) return null;
  drop(table, key, datagram);
  return datagram;
}

/** Forgets the oldest datagrams: those that waited too long, and as many as there is no room for. */
function makeRoom(table: FragmentTable, seconds: number): void {
  for (const [key, datagram] of table.datagrams) {
    const isFull = table.datagrams.size >= MOST_DATAGRAMS || table.bytes > MOST_BYTES;
    if (!isFull && Math.abs(seconds - datagram.seconds) <= LONGEST_WAIT_SECONDS) return;
    drop(table, key, datagram);
  }
}

function drop(table: FragmentTable, key: string, { pieces, received }: Datagram): void {
  table.datagrams.delete(key);
  table.bytes -= received + pieces.length * PIECE_COST;
}

function hasHole({ pieces, length }: Datagram): boolean {
  let reached = 0;
  for (const { offset, bytes } of pieces) {
    if (offset > reached) break;
    reached = Math.max(reached, offset + bytes.length);
  }
  return reached < length;
}
