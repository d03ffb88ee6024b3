import { addBounded, addEvidence, noEvidence, type Evidence } from '../bounded.ts';
import type { Packet } from '../packet.ts';
import { number, text } from '../row.ts';

export interface DhcpTable {
  discovers: Evidence;
  /** Hardware addresses that asked, at most 100,000. */
  clients: Set<string>;
  /** Of DHCPv6 among them. */
  six: number;
  servers: Set<string>;
  firstAt: number;
  lastAt: number;
}

const MAX_CLIENTS = 100_000;
const DISCOVER = 1;
/** DHCPv6: SOLICIT, and what servers say. */
const SOLICIT = 1;
const SERVER_WORDS = [2, 7];
const OFFER = 2;
const ACKNOWLEDGE = 5;

export function createDhcp() {
  const table: DhcpTable = {
    discovers: noEvidence(),
    clients: new Set(),
    six: 0,
    servers: new Set(),
    firstAt: Infinity,
    lastAt: -Infinity,
  };
  return {
    add({ row, layers, frame, at, source }: Packet): void {
      const six = layers.includes('dhcpv6');
      if (!six && !layers.includes('dhcp')) return;
      const type = six ? messageOf(number(row, 'dhcpv6.msgtype')) : number(row, 'dhcp.option.dhcp');
      if (type === null) return;
      if ((type === OFFER || type === ACKNOWLEDGE) && source !== null) addBounded(table.servers, source, 20);
      if (type !== DISCOVER) return;
      addEvidence(table.discovers, frame);
      if (six) table.six += 1;
      addBounded(table.clients, six ? (source ?? '') : text(row, 'dhcp.hw.mac_addr'), MAX_CLIENTS);
      table.firstAt = Math.min(table.firstAt, at);
      table.lastAt = Math.max(table.lastAt, at);
    },
    finish: () => table,
  };
}

/** The message of DHCP that one of DHCPv6 stands for. */
const messageOf = (type: number | null): number | null =>
  type === SOLICIT ? DISCOVER : SERVER_WORDS.includes(type ?? 0) ? OFFER : null;
