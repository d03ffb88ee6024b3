import { createBoundedMap } from '../bounded.ts';
import type { Packet } from '../packet.ts';
import { number, text } from '../row.ts';
import { createTally, type Tally } from '../tally.ts';

/** What one DHCP server said. */
export interface LeaseServer {
  server: string;
  offers: number;
  acknowledgements: number;
  refusals: number;
}

export interface LeaseMessages {
  sorts: Tally;
  servers: LeaseServer[];
  /** Hardware addresses that asked, at most MAX_CLIENTS. */
  clients: Set<string>;
}

const MAX_SERVERS = 1_000;
const MAX_CLIENTS = 100_000;
/** Option 53 (RFC 2132). */
const SORTS = ['', 'discover', 'offer', 'request', 'decline', 'ack', 'nak', 'release', 'inform'];
const OFFER = 2;
const ACKNOWLEDGEMENT = 5;
const REFUSAL = 6;

/** DHCP by message, and what its servers said. */
export function createLeaseMessages() {
  const sorts = createTally(300);
  const clients = new Set<string>();
  const servers = createBoundedMap<LeaseServer>(MAX_SERVERS, (server) => ({
    server,
    offers: 0,
    acknowledgements: 0,
    refusals: 0,
  }));
  return {
    add({ row, layers, source }: Packet): void {
      const type = layers.includes('dhcp') ? number(row, 'dhcp.option.dhcp') : null;
      if (type === null) return;
      sorts.add(SORTS[type] ?? `type ${type}`);
      const isAnswer = type === OFFER || type === ACKNOWLEDGEMENT || type === REFUSAL;
      if (!isAnswer) {
        if (clients.size < MAX_CLIENTS) clients.add(text(row, 'dhcp.hw.mac_addr').slice(0, 40));
        return;
      }
      const server = source === null ? null : servers.at(source);
      if (server === null) return;
      if (type === OFFER) server.offers += 1;
      else if (type === ACKNOWLEDGEMENT) server.acknowledgements += 1;
      else server.refusals += 1;
    },
    finish: (): LeaseMessages => ({ sorts, servers: servers.values(), clients }),
  };
}
