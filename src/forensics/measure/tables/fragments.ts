import { addBounded, addEvidence, createBoundedMap, noEvidence, type Evidence } from '../bounded.ts';
import { isIpv6, type Packet } from '../packet.ts';
import { has, number, text, type Row } from '../row.ts';

/** IP fragments to one address. */
export interface Fragments {
  target: string;
  /** All fragments, complete packets or not. */
  seen: Evidence;
  sources: Set<string>;
  /** Fragments of packets of which all pieces came. */
  completed: number;
  /** Those that came when too many packets were under way to follow one more. */
  unjudged: number;
  /** Fragments that begin inside a piece that was there before: no sender's stack makes such. */
  overlaps: Evidence;
  /** Those among them that lie wholly inside another piece: what the teardrop attack sends. */
  inside: number;
  firstAt: number;
  lastAt: number;
}

/** A packet under way: its pieces as [from, to). */
interface Puzzle {
  pieces: [number, number][];
  total: number | null;
  overlapped: boolean;
}

interface Piece {
  id: string;
  from: number;
  length: number;
  more: boolean;
  /** Where the length is not known: whether the reader says that this one completes the packet; else null. */
  completes: boolean | null;
}

const MAX_TARGETS = 20_000;
const MAX_SOURCES = 1_000;
const MAX_PUZZLES = 20_000;
const MAX_PIECES = 50;
const IPV4_HEADER = 20;
/** tshark prints the field as it is in the header: in units of 8 bytes. */
const OFFSET_UNIT = 8;

/** IP fragments per host that gets them, and whether they can be put together. */
export function createFragments() {
  const targets = createBoundedMap<Fragments>(MAX_TARGETS, newFragments);
  const puzzles = new Map<string, Puzzle>();
  return {
    add(packet: Packet): void {
      const { source, target, frame, at, row } = packet;
      const piece = target === null ? null : isIpv6(target) ? pieceOfIpv6(packet) : pieceOfIpv4(row);
      const fragments = piece === null || target === null ? null : targets.at(target);
      if (piece === null || fragments === null || source === null) return;
      addEvidence(fragments.seen, frame);
      addBounded(fragments.sources, source, MAX_SOURCES);
      fragments.firstAt = Math.min(fragments.firstAt, at);
      fragments.lastAt = Math.max(fragments.lastAt, at);
      const key = `${source} ${target} ${text(row, 'ip.proto')} ${piece.id}`;
      const puzzle = puzzles.get(key) ?? { pieces: [], total: null, overlapped: false };
      if (puzzles.size >= MAX_PUZZLES && !puzzles.has(key)) {
        fragments.unjudged += 1;
        return;
      }
      puzzles.set(key, puzzle);
      if (!fit(puzzle, piece, fragments, frame)) return;
      fragments.completed += puzzle.pieces.length;
      puzzles.delete(key);
    },
    finish: (): Fragments[] => targets.values(),
  };
}

/** Adds a piece; true where the packet is complete with it. */
function fit(puzzle: Puzzle, piece: Piece, fragments: Fragments, frame: number): boolean {
  const { from, length, more, completes } = piece;
  const to = from + length;
  // The very same piece once more is a repeated frame, not an overlap.
  if (completes === null && puzzle.pieces.some(([a, b]) => from < b && to > a && !(from === a && to === b))) {
    addEvidence(fragments.overlaps, frame);
    puzzle.overlapped = true;
    if (puzzle.pieces.some(([a, b]) => from > a && to < b)) fragments.inside += 1;
  }
  if (puzzle.pieces.length < MAX_PIECES) puzzle.pieces.push([from, to]);
  if (!more) puzzle.total = to;
  return completes ?? (!puzzle.overlapped && isComplete(puzzle));
}

function isComplete({ pieces, total }: Puzzle): boolean {
  if (total === null) return false;
  let reached = 0;
  for (const [from, to] of pieces.toSorted((a, b) => a[0] - b[0])) {
    if (from > reached) return false;
    reached = Math.max(reached, to);
  }
  return reached >= total;
}

/** What the outermost IPv4 header says of fragments; null where the packet is whole. */
function pieceOfIpv4(row: Row): Piece | null {
  const from = (number(row, 'ip.frag_offset') ?? 0) * OFFSET_UNIT;
  const more = ((number(row, 'ip.flags') ?? 0) & 1) !== 0;
  if (from === 0 && !more) return null;
  const length = Math.max((number(row, 'ip.len') ?? 0) - (number(row, 'ip.hdr_len') ?? IPV4_HEADER), 0);
  return { id: text(row, 'ip.id'), from, length, more, completes: null };
}

/** A fragment header before something that could be dissected at once is a whole packet (RFC 6946). */
function pieceOfIpv6({ row, layers }: Packet): Piece | null {
  const completes = has(row, 'ipv6.reassembled.length');
  const behind = layers[layers.indexOf('ipv6.fraghdr') + 1];
  const whole = !completes && behind !== undefined && behind !== 'data';
  if (!has(row, 'ipv6.fraghdr.ident') || whole) return null;
  return { id: text(row, 'ipv6.fraghdr.ident'), from: 0, length: 0, more: true, completes };
}

function newFragments(target: string): Fragments {
  return {
    target,
    seen: noEvidence(),
    sources: new Set(),
    completed: 0,
    unjudged: 0,
    overlaps: noEvidence(),
    inside: 0,
    firstAt: Infinity,
    lastAt: -Infinity,
  };
}
