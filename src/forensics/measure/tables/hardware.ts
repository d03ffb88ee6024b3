import { addBounded } from '../bounded.ts';
import { isMac, type Packet } from '../packet.ts';
import { text } from '../row.ts';

/** Which MAC address sends the frames of which IP addresses: those of a router carry many. */
export interface HardwareTable {
  /** MAC address of the first frame of each IP address. */
  macs: Map<string, string>;
  /** IP addresses per MAC address, at most MAX_CARRIED. */
  carried: Map<string, Set<string>>;
}

const MAX_ADDRESSES = 50_000;
const MAX_MACS = 50_000;
const MAX_CARRIED = 50;

export function createHardware() {
  const macs = new Map<string, string>();
  const carried = new Map<string, Set<string>>();
  return {
    add({ source, row }: Packet): void {
      if (source === null || macs.has(source) || macs.size >= MAX_ADDRESSES || isMac(source)) return;
      const mac = (text(row, 'eth.src') || text(row, 'wlan.sa')).toLowerCase();
      if (!isMac(mac)) return;
      macs.set(source, mac);
      const known = carried.get(mac);
      if (known !== undefined) addBounded(known, source, MAX_CARRIED);
      else if (carried.size < MAX_MACS) carried.set(mac, new Set([source]));
    },
    finish: (): HardwareTable => ({ macs, carried }),
  };
}
