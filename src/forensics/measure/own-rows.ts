import type { PacketCrypto } from '../../packets/application/quic-initial.ts';
import type { OnPacket } from '../../packets/formats/record.ts';
import { createOwnLane } from './large/own-lane.ts';

/**
 * Turns packets into the rows that one tshark pass would print, as far as our own decoder reaches; without `crypto`
 * QUIC stays closed.
 */
export function createRowMaker(
  onRow: (row: readonly string[]) => void,
  crypto: PacketCrypto | null = null,
): { onPacket: OnPacket; refused(): number } {
  return createOwnLane((_packet, _shows, sight) => onRow(sight.row()), crypto);
}
