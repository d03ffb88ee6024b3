import { createBoundedMap } from '../bounded.ts';
import { isGroupAddress, isMac, type Packet } from '../packet.ts';
import { number, text } from '../row.ts';
import { createTally, type Tally } from '../tally.ts';

/** One access point. */
export interface WifiNetwork {
  bssid: string;
  /** '' where it hides its name. */
  ssid: string;
  frames: number;
  beacons: number;
  /** Stations that spoke to it or heard from it, at most MAX_STATIONS. */
  stations: Set<string>;
}

export interface WifiNetworks {
  networks: WifiNetwork[];
  /** Frames by kind. */
  sorts: Tally;
}

const MAX_NETWORKS = 5_000;
const MAX_STATIONS = 1_000;
const PROBE_RESPONSE = 5;
const BEACON = 8;
const LONGEST_SSID = 64;

export function createWifiNetworks() {
  const networks = createBoundedMap<WifiNetwork>(MAX_NETWORKS, (bssid) => ({
    bssid,
    ssid: '',
    frames: 0,
    beacons: 0,
    stations: new Set(),
  }));
  const sorts = createTally(100);
  return {
    add({ row, layers }: Packet): void {
      if (!layers.includes('wlan')) return;
      const type = number(row, 'wlan.fc.type_subtype');
      if (type !== null) sorts.add(SORTS.get(type) ?? `type ${type}`);
      const bssid = text(row, 'wlan.bssid').toLowerCase();
      const network = isMac(bssid) && !isGroupAddress(bssid) ? networks.at(bssid) : null;
      if (network === null) return;
      network.frames += 1;
      if (type === BEACON) network.beacons += 1;
      if (type === BEACON || type === PROBE_RESPONSE) network.ssid ||= ssidOf(text(row, 'wlan.ssid'));
      for (const field of ['wlan.sa', 'wlan.da'] as const) {
        const station = text(row, field).toLowerCase();
        const counts = isMac(station) && station !== bssid && !isGroupAddress(station);
        if (counts && network.stations.size < MAX_STATIONS) network.stations.add(station);
      }
    },
    finish: (): WifiNetworks => ({ networks: networks.values(), sorts }),
  };
}

/** The name from its bytes; zeros are how access points hide it. */
function ssidOf(hex: string): string {
  const digits = hex.slice(0, LONGEST_SSID).replaceAll(':', '');
  if (!/^([\da-f]{2})+$/i.test(digits)) return '';
  return Buffer.from(digits, 'hex').toString('utf8').replaceAll('\0', '');
}

/** Type and subtype of IEEE 802.11, table 9-1. */
const SORTS = new Map([
  [0, 'association request'],
  [1, 'association response'],
  [2, 'reassociation request'],
  [3, 'reassociation response'],
  [4, 'probe request'],
  [5, 'probe response'],
  [8, 'beacon'],
  [10, 'disassociation'],
  [11, 'authentication'],
  [12, 'deauthentication'],
  [13, 'action'],
  [24, 'block ack request'],
  [25, 'block ack'],
  [26, 'PS-poll'],
  [27, 'RTS'],
  [28, 'CTS'],
  [29, 'ack'],
  [32, 'data'],
  [36, 'null'],
  [40, 'QoS data'],
  [44, 'QoS null'],
]);
