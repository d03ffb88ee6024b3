import {
  newDialogue,
  newHeard,
  type Dialogue,
  type Heard,
  type MessageReader,
} from '../application/heard.ts';
import { readerFor } from '../application/tcp-services.ts';
import type { Frame } from '../frame.ts';

/** Follows the messages inside TCP connections. */
export interface MessageFollower {
  /** What the messages that end with this segment say; null where there is nothing. The answer is reused. */
  hear(frame: Frame, stream: number, direction: number): Heard | null;
}

/** One direction of a connection. */
interface Way {
  reader: MessageReader;
  /** Sequence number that continues what was taken. */
  expected: number;
  /** Bytes of a message that is not whole yet. */
  held: Uint8Array;
  /** Bytes still to come that the reader has taken unread. */
  unread: number;
  /** Whether the reader has lost its place and waits for the beginning of a message. */
  isLost: boolean;
}

interface Conversation {
  ways: [Way | null, Way | null];
  dialogue: Dialogue;
}

const FIN = 0x01;
const MOST_CONVERSATIONS = 20_000;
const LONGEST_HELD = 131_072;
const MOST_HELD = 64 * 1024 * 1024;
const NOTHING = new Uint8Array(0);

/**
 * Puts messages together across segments, in order; what was sent again is passed over, and a hole loses the message. At
 * most 20,000 connections and 64 MiB are held: beyond that the oldest connections are forgotten.
 */
export function createMessageFollower(): MessageFollower {
  /** By number, which one look finds; `oldest` has the numbers of those that are held, in the order of their beginnings. */
  const conversations: (Conversation | undefined)[] = [];
  const oldest = new Set<number>();
  const heard = newHeard();
  let heldBytes = 0;

  const begin = (stream: number): Conversation => {
    while (oldest.size >= MOST_CONVERSATIONS || heldBytes > MOST_HELD) {
      const first = oldest.values().next();
      if (first.done === true) break;
      for (const way of conversations[first.value]?.ways ?? []) heldBytes -= way === null ? 0 : sizeOf(way);
      conversations[first.value] = undefined;
      oldest.delete(first.value);
    }
    const begun: Conversation = { ways: [null, null], dialogue: newDialogue() };
    while (conversations.length < stream) conversations.push(undefined);
    conversations[stream] = begun;
    oldest.add(stream);
    return begun;
  };
  const wayOf = (frame: Frame, conversation: Conversation, direction: number): Way | null => {
    const known = conversation.ways[direction === 0 ? 0 : 1];
    if (known !== null) return known;
    const reader = readerFor(frame, conversation.dialogue);
    if (reader === null) return null;
    const way: Way = { reader, expected: frame.tcpSequence | 0, held: NOTHING, unread: 0, isLost: true };
    conversation.ways[direction === 0 ? 0 : 1] = way;
    return way;
  };

  return {
    hear(frame, stream, direction) {
      const length = frame.end - frame.payloadAt;
      const isEnd = (frame.tcpFlags & FIN) !== 0;
      if (stream < 0 || frame.payloadLength < 0 || (length <= 0 && !isEnd)) return null;
      const known = conversations[stream];
      if (length <= 0 && known === undefined) return null;
      const way = wayOf(frame, known ?? begin(stream), direction);
      if (way === null) return null;
      forget(heard);
      heldBytes -= sizeOf(way);
      if (length > 0) takeSegment(way, frame, heard);
      if (isEnd) way.reader.finish(heard);
      heldBytes += sizeOf(way);
      return heard.layers.length === 0 ? null : heard;
    },
  };
}

/** Most segments say nothing, and to empty an array that is empty is not free. */
function forget(heard: Heard): void {
  if (heard.layers.length > 0) heard.layers.length = 0;
  if (heard.values.length > 0) heard.values.length = 0;
  heard.isNews = false;
}

const sizeOf = ({ held, reader }: Way): number => held.length + (reader.pending?.() ?? 0);

function takeSegment(way: Way, frame: Frame, heard: Heard): void {
  const { bytes, payloadAt, end, tcpSequence, payloadLength } = frame;
  const gap = (tcpSequence - way.expected) | 0;
  const skipped = -gap;
  if (gap < 0 && skipped >= payloadLength) return;
  if (gap > 0) loseTrack(way);
  let from = payloadAt + Math.max(skipped, 0);
  way.expected = (tcpSequence + payloadLength) | 0;
  if (from >= end) return;
  if (way.unread > 0) {
    const passed = Math.min(way.unread, end - from);
    way.unread -= passed;
    from += passed;
    if (way.unread === 0) way.reader.passed?.(heard);
    if (from >= end) return cutOff(way, frame, heard);
  }
  if (way.held.length === 0) {
    takeMessages(way, bytes, from, end, heard);
  } else {
    const joined = new Uint8Array(way.held.length + end - from);
    joined.set(way.held);
    joined.set(bytes.subarray(from, end), way.held.length);
    way.held = NOTHING;
    takeMessages(way, joined, 0, joined.length, heard);
  }
  cutOff(way, frame, heard);
}

/** What the snap length cut off is a hole as well. */
function cutOff(way: Way, { end, payloadAt, payloadLength }: Frame, heard: Heard): void {
  if (end - payloadAt >= payloadLength) return;
  way.reader.cutShort?.(way.held, heard);
  loseTrack(way);
}

function loseTrack(way: Way): void {
  way.held = NOTHING;
  way.unread = 0;
  way.isLost = true;
}

function takeMessages(way: Way, bytes: Uint8Array, start: number, end: number, heard: Heard): void {
  const successor = way.reader.successor?.(bytes, start, end) ?? null;
  if (successor !== null) way.reader = successor;
  if (way.isLost && !way.reader.begins(bytes, start, end)) return;
  way.isLost = false;
  for (let at = start; at < end;) {
    const taken = way.reader.take(bytes, at, end, heard);
    if (taken > 0) {
      at += taken;
      way.unread = Math.max(at - end, 0);
      continue;
    }
    way.isLost = taken < 0 || end - at > LONGEST_HELD;
    if (!way.isLost) way.held = bytes.slice(at, end);
    return;
  }
}
