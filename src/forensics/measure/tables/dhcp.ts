import { addBounded, addEvidence, noEvidence, type Evidence } from '../bounded.ts';
import type { Packet } from '../packet.ts';
import { number, text } from '../row.ts';

export interface DhcpTable {
  discovers: Evidence;
  /** Hardware addresses that asked, at most 100,000. */
  clients: Set<string>;
  servers: Set<string>;
  firstAt: number;
  lastAt: number;
}

const MAX_CLIENTS = 100_000;
const DISCOVER = 1;
const OFFER = 2;
const ACKNOWLEDGE = 5;

export function createDhcp() {
  const table: DhcpTable = {
    discovers: noEvidence(),
    clients: new Set(),
    servers: new Set(),
    firstAt: Infinity,
    lastAt: -Infinity,
  };
  return {
    add({ row, layers, frame, at, source }: Packet): void {
      const type = number(row, 'dhcp.option.dhcp');
      if (type === null || !layers.includes('dhcp')) return;
      if ((type === OFFER || type === ACKNOWLEDGE) && source !== null) addBounded(table.servers, source, 20);
      if (type !== DISCOVER) return;
      addEvidence(table.discovers, frame);
      addBounded(table.clients, text(row, 'dhcp.hw.mac_addr'), MAX_CLIENTS);
      table.firstAt = Math.min(table.firstAt, at);
      table.lastAt = Math.max(table.lastAt, at);
    },
    finish: () => table,
  };
}
