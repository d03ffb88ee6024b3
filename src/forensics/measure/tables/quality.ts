import { addEvidence, noEvidence, type Evidence } from '../bounded.ts';
import type { Packet } from '../packet.ts';
import { lastNumber, text } from '../row.ts';

/** What is wrong with the recording itself. */
export interface Quality {
  /** Frames that repeat one recorded a moment before. */
  duplicates: Evidence;
  /** TCP frames that could have been repeats. */
  comparable: number;
}

const WINDOW_FRAMES = 16;
const WINDOW_SECONDS = 0.1;

/**
 * Finds IPv4 TCP frames recorded twice (a mirror port that sees both directions): same IP identification, sequence number
 * and checksum shortly after each other, which no sender's retransmission has.
 */
export function createQuality() {
  const quality: Quality = { duplicates: noEvidence(), comparable: 0 };
  const recent: { key: string; at: number }[] = [];
  return {
    add(packet: Packet): void {
      const { row, transport, source, target } = packet;
      const id = lastNumber(row, 'ip.id') ?? 0;
      if (transport?.kind !== 'tcp' || id === 0) return;
      quality.comparable += 1;
      const ports = `${transport.sourcePort} ${transport.targetPort}`;
      const key = `${source} ${target} ${ports} ${id} ${text(row, 'tcp.seq_raw')} ${text(row, 'tcp.checksum')}`;
      if (recent.some((seen) => seen.key === key && Math.abs(packet.at - seen.at) <= WINDOW_SECONDS)) {
        addEvidence(quality.duplicates, packet.frame);
      }
      recent.push({ key, at: packet.at });
      if (recent.length > WINDOW_FRAMES) recent.shift();
    },
    finish: () => quality,
  };
}
