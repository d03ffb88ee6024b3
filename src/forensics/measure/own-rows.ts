import type { PacketCrypto } from '../../packets/application/quic-initial.ts';
import type { OnPacket } from '../../packets/formats/record.ts';
import { createOwnLane } from './large/own-lane.ts';
import type { Row } from './row.ts';

/**
 * Turns packets into the rows that one tshark pass would print, as far as our own decoder reaches; without `crypto`
 * QUIC stays closed.
 */
export function createRowMaker(
  onRow: (row: Row) => void,
  crypto: PacketCrypto | null = null,
): { onPacket: OnPacket; refused(): number } {
  return createOwnLane((packet) => onRow(packet.row), crypto);
}
