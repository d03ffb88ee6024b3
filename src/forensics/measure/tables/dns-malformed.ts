import { addBounded, addEvidence, noEvidence, type Evidence } from '../bounded.ts';
import type { Packet } from '../packet.ts';
import { has, number, text } from '../row.ts';

/** DNS messages that break the format. */
export interface MalformedDns {
  messages: Evidence;
  senders: Set<string>;
  receivers: Set<string>;
}

const MAX_HOSTS = 50;

export function createDnsMalformed() {
  const table: MalformedDns = { messages: noEvidence(), senders: new Set(), receivers: new Set() };
  return {
    add(packet: Packet): void {
      const { layers, source, target } = packet;
      if (!layers.includes('dns') || source === null || target === null || !isBroken(packet)) return;
      addEvidence(table.messages, packet.frame);
      addBounded(table.senders, source, MAX_HOSTS);
      addBounded(table.receivers, target, MAX_HOSTS);
    },
    finish: (): MalformedDns => table,
  };
}

/** What the dissector stumbles over, more than one question (RFC 9619), or a name whose compression runs in circles. */
function isBroken({ row }: Packet): boolean {
  const opcode = ((number(row, 'dns.flags') ?? 0) >> 11) & 0xf;
  return (
    has(row, '_ws.malformed') ||
    (opcode === 0 && (number(row, 'dns.count.queries') ?? 0) > 1) ||
    text(row, 'dns.qry.name').includes('pointer that loops')
  );
}
