import type { DeepLane } from '../../../src/forensics/measure/large/deep-offer.ts';
import { createOwnLane } from '../../../src/forensics/measure/large/own-lane.ts';
import { createCaptureReader } from '../../../src/packets/read-capture.ts';

export interface Offered {
  frame: number;
  taken: boolean;
  understood: boolean;
  kind: 'tcp' | 'udp' | 'other';
  stream: number;
}

const KINDS = new Map<number, Offered['kind']>([
  [6, 'tcp'],
  [17, 'udp'],
]);

/**
 * Offers every packet of a capture file to the lane, as our own reader sees it; `spoil` may change what that is made to
 * say of a packet. Answers what became of each.
 */
export function offerCapture(
  file: Uint8Array,
  lane: Pick<DeepLane, 'offer'>,
  spoil: (row: string[]) => void = () => undefined,
): Offered[] {
  const offered: Offered[] = [];
  const own = createOwnLane((packet, _shows, sight) => {
    const row = (): string[] => {
      const spoilt = [...sight.row()];
      spoil(spoilt);
      return spoilt;
    };
    const taken = lane.offer({ ...sight, row });
    const kind = KINDS.get(sight.frame.transport) ?? 'other';
    offered.push({ frame: packet.frame, taken, understood: sight.understood, kind, stream: sight.stream });
  });
  const reader = createCaptureReader(own.onPacket);
  reader.push(file);
  reader.end();
  return offered;
}
