import { BY_UDP_TUNNEL, enter, follow, type Frame } from '../frame.ts';
import { layer, type LayerName } from '../layers.ts';
import { addData } from '../network/data.ts';
import { isDhcp } from './dhcp.ts';
import { isDns } from './dns.ts';
import { isQuicLong } from './quic-initial.ts';

/** Ports whose payload is another packet: see protocols.ts. */
const TUNNELS = new Set([1701, 2152, 3544, 4789, 5247, 6081, 6635]);

const QUIC = layer('quic');

/** UDP services by port; those that are not decoded are only named. */
const UDP_PORTS = new Map<number, LayerName>([
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
]);

/** Tells by port and first bytes what the payload of a UDP datagram is, and notes it as the frame's next layer. */
export function recogniseUdp(frame: Frame, at: number): void {
  const { bytes, end, sourcePort, targetPort } = frame;
  if (end <= at) return;
  const [low, high] = sourcePort < targetPort ? [sourcePort, targetPort] : [targetPort, sourcePort];
  const tunnel = TUNNELS.has(low) ? low : TUNNELS.has(high) ? high : -1;
  if (tunnel >= 0 && !UDP_PORTS.has(low)) {
    follow(frame, BY_UDP_TUNNEL, tunnel, at);
    return;
  }
  const name = UDP_PORTS.get(low) ?? UDP_PORTS.get(high);
  if (name === undefined && isQuicLong(bytes, at, end)) {
    if (enter(frame, QUIC)) frame.applicationAt = at;
    return;
  }
  if (name === undefined || !looksLike(name, bytes, at, end)) {
    addData(frame, at);
    return;
  }
  if (!enter(frame, layer(name))) return;
  frame.applicationAt = at;
}

function looksLike(name: LayerName, bytes: Uint8Array, start: number, end: number): boolean {
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
