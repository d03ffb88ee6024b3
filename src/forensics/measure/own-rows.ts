import type { OnPacket } from '../../packets/formats/record.ts';
import { createOwnLane } from './large/own-lane.ts';
import type { Row } from './row.ts';

/** Turns packets into the rows that one tshark pass would print, as far as our own decoder reaches. */
export function createRowMaker(onRow: (row: Row) => void): { onPacket: OnPacket; refused(): number } {
  return createOwnLane((packet) => onRow(packet.row));
}
