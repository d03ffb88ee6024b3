import { concat, words } from './bytes.ts';
import {
  addressBytes,
  ethernetFrame,
  etherType,
  macBytes,
  otherPacket,
  type Host,
  type Packet,
} from './link.ts';

/** The broadcast question for the MAC of `wanted`. */
export function arpRequest(asker: Host, wanted: Host): Packet {
  const unknown = '00:00:00:00:00:00';
  return arp(asker, { ...wanted, mac: unknown }, 1, 'ff:ff:ff:ff:ff:ff');
}

/** The answer of `owner` to `asker`. */
export function arpReply(owner: Host, asker: Host): Packet {
  return arp(owner, asker, 2, asker.mac);
}

function arp(sender: Host, target: Host, operation: number, destinationMac: string): Packet {
  const body = concat(
    words(1, etherType.ipv4, 0x0604, operation),
    macBytes(sender.mac),
    addressBytes(sender.address),
    macBytes(target.mac),
    addressBytes(target.address),
  );
  return otherPacket(sender, target, ethernetFrame(sender.mac, destinationMac, etherType.arp, body));
}
