import { octets } from '../../src/local-azure/traffic/packets/bytes.ts';
import type { Random } from '../../src/local-azure/traffic/random.ts';

/** A station as the capturing place sees it: whoever is far away carries the gateway's MAC. */
export interface Host {
  readonly mac: Uint8Array;
  readonly v4: Uint8Array;
  readonly v6: Uint8Array;
  readonly hops: number;
  /** Microseconds from where the capture is taken to the host and back. */
  readonly roundTrip: number;
  /** The port that its next connection starts from. */
  nextPort: number;
}

/** A server somewhere, and what it calls itself. */
export interface Site extends Host {
  readonly name: string;
}

export interface World {
  readonly gateway: Host;
  readonly resolver: Host;
  readonly clients: readonly Host[];
  readonly sites: readonly Site[];
  /** Servers in the same building. */
  readonly neighbours: readonly Host[];
}

const GATEWAY_MAC = [0x02, 0, 0, 0, 0, 1] as const;
const FIRST_PORT = 32_768;
const LAST_PORT = 60_999;
const CLIENTS = 120;
const SITES = 48;
const NEIGHBOURS = 12;
const WORDS = ['atlas', 'birch', 'cobalt', 'delta', 'ember', 'fjord', 'grove', 'harbor', 'iris', 'juniper'];
const ENDINGS = ['example.com', 'example.net', 'example.org'];

/** The hosts of the building 10.0.0.0/16, and sites behind the gateway in the benchmarking range 198.18.0.0/15. */
export function createWorld(random: Random): World {
  const near = (third: number, last: number): Host =>
    createHost({
      v4: [10, 0, third, last],
      mac: [0x02, 0x10, 0, 0, third, last],
      hops: 64,
      roundTrip: 150 + random.integer(900),
    });
  return {
    gateway: near(0, 1),
    resolver: near(0, 53),
    clients: Array.from({ length: CLIENTS }, (_, index) => near(1, index + 1)),
    neighbours: Array.from({ length: NEIGHBOURS }, (_, index) => near(2, index + 10)),
    sites: Array.from({ length: SITES }, (_, index) => createSite(random, index)),
  };
}

function createSite(random: Random, index: number): Site {
  const word = WORDS[index % WORDS.length] ?? '';
  const name = `${index % 3 === 0 ? 'www' : `api${index}`}.${word}${index}.${ENDINGS[index % 3] ?? ''}`;
  const host = createHost({
    v4: [198, 18 + (index % 2), index, 10 + random.integer(200)],
    mac: GATEWAY_MAC,
    hops: 44 + random.integer(16),
    roundTrip: 4_000 + random.integer(56_000),
  });
  return { ...host, name };
}

interface Address {
  v4: readonly number[];
  mac: readonly number[];
  hops: number;
  roundTrip: number;
}

/** A host whose IPv6 address repeats its IPv4 address in its last bytes. */
export function createHost({ v4, mac, hops, roundTrip }: Address): Host {
  return {
    v4: octets(...v4),
    v6: octets(
      0x20,
      0x01,
      0x0d,
      0xb8,
      0,
      v4[0] ?? 0,
      0,
      v4[1] ?? 0,
      0,
      0,
      0,
      0,
      0,
      0,
      v4[2] ?? 0,
      v4[3] ?? 0,
    ),
    mac: octets(...mac),
    hops,
    roundTrip,
    nextPort: FIRST_PORT,
  };
}

/** Someone out there, behind the gateway. */
export const farHost = (v4: readonly number[], roundTrip: number): Host =>
  createHost({ v4, mac: GATEWAY_MAC, hops: 50, roundTrip });

/** A port that this host has not used for its last 28,000 connections. */
export function takePort(host: Host): number {
  const port = host.nextPort;
  host.nextPort = port === LAST_PORT ? FIRST_PORT : port + 1;
  return port;
}
