import type { Endpoint, Packet } from '../packets/link.ts';
import { udpPacket } from '../packets/udp.ts';
import type { World } from '../world.ts';
import { dnsCode, dnsQuery, dnsResponse, type DnsQuestion } from './dns.ts';

/** A DNS look-up at the platform's resolver; gives back the query and its answer. */
export function lookUp(
  world: World,
  look: {
    at: number;
    name: string;
    type?: DnsQuestion['type'];
    code?: number;
    addresses?: readonly string[];
  },
): { query: Packet; response: Packet } {
  const client = { host: world.local, port: world.freePort() };
  const server = { host: world.resolver, port: 53 };
  const random = world.random.fork(`dns ${client.port}`);
  const question = { id: random.integer(65_536), name: look.name, type: look.type ?? ('A' as const) };
  const answer = dnsResponse(question, look.code ?? dnsCode.ok, look.addresses ?? []);
  return datagrams(world, {
    at: look.at,
    client,
    server,
    query: dnsQuery(question),
    answer,
    delay: random.between(1e-3, 4e-3),
  });
}

/** One datagram and its answer `delay` seconds later. */
export function datagrams(
  world: World,
  exchange: {
    at: number;
    client: Endpoint;
    server: Endpoint;
    query: Uint8Array;
    answer: Uint8Array;
    delay: number;
  },
): { query: Packet; response: Packet } {
  const { at, client, server } = exchange;
  return {
    query: world.timeline.add(at, udpPacket(client, server, exchange.query)),
    response: world.timeline.add(at + exchange.delay, udpPacket(server, client, exchange.answer)),
  };
}
