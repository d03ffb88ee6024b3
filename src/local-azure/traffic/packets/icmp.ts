import { addressBytes, macBytes, otherPacket, type Host, type Packet } from './link.ts';
import { concat, internetChecksum, octets, words } from './bytes.ts';
import { ipFrame, ipProtocol, transportChecksum } from './ip.ts';

/** ICMP destination unreachable, quoting the start of the datagram that could not be delivered. */
export function unreachable(reporter: Host, told: Host, code: number, undeliverable: Packet): Packet {
  const ethernetHeader = 14;
  const quote = undeliverable.bytes.slice(ethernetHeader, ethernetHeader + 28);
  const payload = concat(octets(3, code, 0, 0, 0, 0, 0, 0), quote);
  payload.set(words(internetChecksum(payload)), 2);
  return frame(reporter, told, ipProtocol.icmp, payload);
}

/** An echo request or reply over IPv6. */
export function echoV6(source: Host, destination: Host, kind: 'request' | 'reply', sequence: number): Packet {
  const body = concat(octets(kind === 'request' ? 128 : 129, 0, 0, 0), words(0x2a17, sequence));
  return v6(source, destination, concat(body, new Uint8Array(56).fill(0x61)));
}

/** The IPv6 question "who has this address", sent to the solicited-node group. */
export function neighbourSolicitation(source: Host, wanted: Host): Packet {
  const last = addressBytes(wanted.address).slice(13);
  const group = [...last].map((value) => value.toString(16).padStart(2, '0'));
  const [a = '', b = '', c = ''] = group;
  const everyone = {
    address: `ff02::1:ff${a}:${b}${c}`,
    mac: `33:33:ff:${a}:${b}:${c}`,
    hopLimit: 255,
  };
  const option = concat(octets(1, 1), macBytes(source.mac));
  return v6(source, everyone, concat(octets(135, 0, 0, 0, 0, 0, 0, 0), addressBytes(wanted.address), option));
}

/** The answer to a solicitation: solicited, overriding, from a router. */
export function neighbourAdvertisement(source: Host, asker: Host): Packet {
  const option = concat(octets(2, 1), macBytes(source.mac));
  return v6(source, asker, concat(octets(136, 0, 0, 0, 0xe0, 0, 0, 0), addressBytes(source.address), option));
}

function v6(source: Host, destination: Host, payload: Uint8Array): Packet {
  const packet = { source, destination, protocol: ipProtocol.icmpv6, payload };
  payload.set(words(transportChecksum(packet)), 2);
  return frame(source, destination, ipProtocol.icmpv6, payload);
}

function frame(source: Host, destination: Host, protocol: number, payload: Uint8Array): Packet {
  const hopLimit = protocol === ipProtocol.icmpv6 ? 255 : source.hopLimit;
  return otherPacket(source, destination, ipFrame({ source, destination, protocol, hopLimit, payload }));
}
