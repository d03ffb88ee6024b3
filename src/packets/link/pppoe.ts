import { u16 } from '../bytes.ts';
import { BY_ETHERTYPE, enter, follow, type Frame } from '../frame.ts';
import { layer } from '../layers.ts';

const PPPOE = layer('pppoes');
const PPP = layer('ppp');
/** PPP's numbers for IPv4 and IPv6, with their EtherTypes. */
const CARRIED = new Map([
  [0x0021, 0x0800],
  [0x0057, 0x86dd],
]);

/** PPPoE session (RFC 2516): 6 bytes, then PPP. */
export function decodePppoe(frame: Frame, at: number): void {
  if (!enter(frame, PPPOE) || frame.end - at < 8 || !enter(frame, PPP)) return;
  const type = CARRIED.get(u16(frame.bytes, at + 6));
  if (type !== undefined) follow(frame, BY_ETHERTYPE, type, at + 8);
}
