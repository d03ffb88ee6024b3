import { createBoundedMap } from '../bounded.ts';
import type { Packet } from '../packet.ts';
import { readUnicastDns } from './dns-message.ts';

/** A name that a client looked up. */
export interface Lookup {
  name: string;
  queries: number;
  /** Of the first queries. */
  frames: number[];
  /** Whether any answer gave something for it. */
  isSolved: boolean;
}

/** Names that one client looked up, by unicast DNS. */
export interface ClientLookups {
  client: string;
  servers: Set<string>;
  names: Map<string, Lookup>;
}

const MAX_CLIENTS = 5_000;
const MAX_NAMES = 100_000;
const MAX_SERVERS = 10;
const FRAMES = 3;

export function createLookups() {
  const clients = createBoundedMap<ClientLookups>(MAX_CLIENTS, (client) => ({
    client,
    servers: new Set(),
    names: new Map(),
  }));
  let held = 0;
  return {
    add(packet: Packet): void {
      const message = readUnicastDns(packet);
      const { source, target, frame } = packet;
      if (message === null || source === null || target === null) return;
      const { name, isResponse, rcode } = message;
      const entry = isResponse ? clients.get(target) : clients.at(source);
      if (entry === null || entry === undefined) return;
      const known = entry.names.get(name);
      if (isResponse) {
        if (known !== undefined && rcode === 0) known.isSolved = true;
        return;
      }
      if (entry.servers.size < MAX_SERVERS) entry.servers.add(target);
      if (known !== undefined) {
        known.queries += 1;
        if (known.frames.length < FRAMES) known.frames.push(frame);
      } else if (held < MAX_NAMES) {
        held += 1;
        entry.names.set(name, { name, queries: 1, frames: [frame], isSolved: false });
      }
    },
    finish: () => clients.values(),
  };
}
