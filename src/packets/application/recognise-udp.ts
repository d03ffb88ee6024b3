import { BY_UDP_TUNNEL, enter, follow, type Frame } from '../frame.ts';
import { layer, LAYER_NAMES, type LayerName } from '../layers.ts';
import { addData } from '../network/data.ts';
import { isDhcp } from './dhcp.ts';
import { isDns } from './dns.ts';
import { isQuicLong } from './quic-initial.ts';

const QUIC = layer('quic');

/** UDP services by port; those that are not decoded are only named. */
const SERVICES: readonly [port: number, name: LayerName][] = [
  [53, 'dns'],
  [67, 'dhcp'],
  [68, 'dhcp'],
  [123, 'ntp'],
  [137, 'nbns'],
  [161, 'snmp'],
  [162, 'snmp'],
  [443, 'quic'],
  [514, 'syslog'],
  [546, 'dhcpv6'],
  [547, 'dhcpv6'],
  [1900, 'ssdp'],
  [1985, 'hsrp'],
  [5353, 'mdns'],
  [5355, 'llmnr'],
];
/** Ports whose payload is another packet: see protocols.ts. */
const TUNNELS = [1701, 2152, 3544, 4789, 5247, 6081, 6635];
const NOTHING = 0;
const TUNNEL = 255;

/** What every port means, for one look per datagram: the number of a layer plus 1, TUNNEL, or NOTHING. */
const MEANINGS = new Uint8Array(65_536);
for (const [port, name] of SERVICES) MEANINGS[port] = layer(name) + 1;
for (const port of TUNNELS) MEANINGS[port] = TUNNEL;

/** Tells by port and first bytes what the payload of a UDP datagram is, and notes it as the frame's next layer. */
export function recogniseUdp(frame: Frame, at: number): void {
  const { bytes, end, sourcePort, targetPort } = frame;
  if (end <= at) return;
  const low = sourcePort < targetPort ? sourcePort : targetPort;
  const high = sourcePort < targetPort ? targetPort : sourcePort;
  const ofLow = MEANINGS[low] ?? NOTHING;
  const ofHigh = MEANINGS[high] ?? NOTHING;
  if (ofLow === TUNNEL || (ofHigh === TUNNEL && ofLow === NOTHING)) {
    follow(frame, BY_UDP_TUNNEL, ofLow === TUNNEL ? low : high, at);
    return;
  }
  const meaning = ofLow === NOTHING ? ofHigh : ofLow;
  if (meaning === NOTHING && isQuicLong(bytes, at, end)) {
    if (enter(frame, QUIC)) frame.applicationAt = at;
    return;
  }
  if (meaning === NOTHING || !looksLike(LAYER_NAMES[meaning - 1], bytes, at, end)) {
    addData(frame, at);
    return;
  }
  if (!enter(frame, meaning - 1)) return;
  frame.applicationAt = at;
}

function looksLike(name: LayerName | undefined, bytes: Uint8Array, start: number, end: number): boolean {
  switch (name) {
    case 'dns':
    case 'mdns':
    case 'llmnr':
    case 'nbns':
      return isDns(start, end);
    case 'dhcp':
      return isDhcp(bytes, start, end);
    case 'quic':
      // Long header with the fixed bit (RFC 9000).
      return ((bytes[start] ?? 0) & 0xc0) === 0xc0 && end - start >= 7;
    default:
      return end > start;
  }
}
