import { isGroupAddress, type Packet, type Transport } from '../packet.ts';
import { number, text } from '../row.ts';

/** What a unicast DNS message says about its first question. */
export interface DnsMessage {
  transport: Transport;
  isResponse: boolean;
  id: number;
  type: number;
  /** In small letters; letters, digits, dashes, underscores and dots only. */
  name: string;
  rcode: number;
}

/** Reads it; null where the packet is none, or its name is not one that hosts have. */
export function readUnicastDns({ row, layers, transport, source, target }: Packet): DnsMessage | null {
  if (transport === null || source === null || target === null || !layers.includes('dns')) return null;
  const flags = number(row, 'dns.flags');
  const id = number(row, 'dns.id');
  const name = text(row, 'dns.qry.name').slice(0, 255).toLowerCase();
  if (flags === null || id === null || !/^[\w-]+([.][\w-]+)+$/.test(name)) return null;
  if (isGroupAddress(source) || isGroupAddress(target)) return null;
  return {
    transport,
    isResponse: (flags & 0x8000) !== 0,
    id,
    type: number(row, 'dns.qry.type') ?? 0,
    name,
    rcode: flags & 0xf,
  };
}
