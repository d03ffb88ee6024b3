import { ipv4Text, macText } from '../addresses.ts';
import { u16, u8 } from '../bytes.ts';
import { enter, isQuoted, type Frame } from '../frame.ts';
import { layer } from '../layers.ts';

const ARP = layer('arp');
const HEADER = 8;
const ETHERNET_IPV4 = 20;

/** ARP (RFC 826). */
export function decodeArp(frame: Frame, at: number): void {
  if (!enter(frame, ARP) || frame.end - at < HEADER || isQuoted(frame)) return;
  frame.arpAt = at;
}

/** What the ARP message says; addresses are '' where it is not about IPv4 over Ethernet. */
export function readArp({ bytes, arpAt, end }: Frame): {
  opcode: number;
  senderMac: string;
  senderIp: string;
  targetIp: string;
} {
  const opcode = u16(bytes, arpAt + 6);
  const isIpv4 = u16(bytes, arpAt + 2) === 0x0800 && u8(bytes, arpAt + 4) === 6 && u8(bytes, arpAt + 5) === 4;
  const at = arpAt + HEADER;
  if (!isIpv4 || end - at < ETHERNET_IPV4) return { opcode, senderMac: '', senderIp: '', targetIp: '' };
  return {
    opcode,
    senderMac: macText(bytes, at),
    senderIp: ipv4Text(bytes, at + 6),
    targetIp: ipv4Text(bytes, at + 16),
  };
}
