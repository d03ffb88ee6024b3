import { concat, words } from './bytes.ts';
import { ipFrame, ipProtocol, transportChecksum } from './ip.ts';
import type { Endpoint, Packet } from './link.ts';

/** A UDP datagram in a frame, with correct checksums. */
export function udpPacket(source: Endpoint, destination: Endpoint, payload: Uint8Array): Packet {
  const message = concat(words(source.port, destination.port, 8 + payload.length, 0), payload);
  const packet = {
    source: source.host,
    destination: destination.host,
    protocol: ipProtocol.udp,
    payload: message,
  };
  message.set(words(transportChecksum(packet)), 6);
  return {
    bytes: ipFrame(packet),
    protocol: 'UDP',
    source: { address: source.host.address, port: source.port },
    destination: { address: destination.host.address, port: destination.port },
  };
}
