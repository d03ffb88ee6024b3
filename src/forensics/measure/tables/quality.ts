import { addEvidence, noEvidence, type Evidence } from '../bounded.ts';
import type { Packet } from '../packet.ts';

/** What is wrong with the recording itself. */
export interface Quality {
  /** Frames that repeat one recorded a moment before. */
  duplicates: Evidence;
  /** TCP frames that could have been repeats. */
  comparable: number;
}

/** What tells one segment from another. */
interface Seen {
  identification: number;
  sequence: number;
  checksum: number;
  sourcePort: number;
  targetPort: number;
  source: string | null;
  target: string | null;
  at: number;
}

const newSeen = (): Seen => ({
  identification: 0,
  sequence: 0,
  checksum: 0,
  sourcePort: 0,
  targetPort: 0,
  source: null,
  target: null,
  at: 0,
});

const WINDOW_FRAMES = 16;
const WINDOW_SECONDS = 0.1;

/**
 * Finds IPv4 TCP frames recorded twice (a mirror port that sees both directions): same IP identification, sequence number
 * and checksum shortly after each other, which no sender's retransmission has.
 */
export function createQuality() {
  const quality: Quality = { duplicates: noEvidence(), comparable: 0 };
  const recent: Seen[] = Array.from({ length: WINDOW_FRAMES }, newSeen);
  let place = 0;
  return {
    add({ transport, source, target, identification, at, frame }: Packet): void {
      if (transport === null || transport.segment === null || identification === 0) return;
      quality.comparable += 1;
      const { sourcePort, targetPort, checksum, segment } = transport;
      const { sequence } = segment;
      const isRepeat = (seen: Seen): boolean =>
        seen.identification === identification &&
        seen.sequence === sequence &&
        seen.checksum === checksum &&
        seen.sourcePort === sourcePort &&
        seen.targetPort === targetPort &&
        seen.source === source &&
        seen.target === target &&
        Math.abs(at - seen.at) <= WINDOW_SECONDS;
      if (recent.some(isRepeat)) addEvidence(quality.duplicates, frame);
      const oldest = recent[place];
      place = (place + 1) % WINDOW_FRAMES;
      if (oldest === undefined) return;
      oldest.identification = identification;
      oldest.sequence = sequence;
      oldest.checksum = checksum;
      oldest.sourcePort = sourcePort;
      oldest.targetPort = targetPort;
      oldest.source = source;
      oldest.target = target;
      oldest.at = at;
    },
    finish: () => quality,
  };
}
