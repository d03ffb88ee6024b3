import { createBoundedMap, createPairMap } from '../bounded.ts';
import type { Packet } from '../packet.ts';

/** Packets between two addresses, in both directions. */
export interface Pair {
  a: string;
  b: string;
  packetsAToB: number;
  packetsBToA: number;
  bytesAToB: number;
  bytesBToA: number;
  firstAt: number;
  lastAt: number;
}

export interface Talker {
  address: string;
  sentPackets: number;
  receivedPackets: number;
  sentBytes: number;
  receivedBytes: number;
}

export interface Talkers {
  pairs: Pair[];
  hosts: Talker[];
  /** Packets left out because a table was full. */
  refused: number;
}

const MAX_PAIRS = 100_000;
const MAX_HOSTS = 100_000;

/** Conversations and endpoints: by IP address, by MAC address where there is no IP. */
export function createTalkers() {
  const pairs = createPairMap<Pair>(MAX_PAIRS, (a, b) => ({
    a,
    b,
    packetsAToB: 0,
    packetsBToA: 0,
    bytesAToB: 0,
    bytesBToA: 0,
    firstAt: Infinity,
    lastAt: -Infinity,
  }));
  const hosts = createBoundedMap<Talker>(MAX_HOSTS, (address) => ({
    address,
    sentPackets: 0,
    receivedPackets: 0,
    sentBytes: 0,
    receivedBytes: 0,
  }));
  return {
    add({ source, target, bytes, at }: Packet): void {
      if (source === null || target === null) return;
      const sender = hosts.at(source);
      const receiver = hosts.at(target);
      if (sender !== null) {
        sender.sentPackets += 1;
        sender.sentBytes += bytes;
      }
      if (receiver !== null) {
        receiver.receivedPackets += 1;
        receiver.receivedBytes += bytes;
      }
      const pair = source < target ? pairs.at(source, target) : pairs.at(target, source);
      if (pair !== null) addToPair(pair, source, bytes, at);
    },
    /** Packets between two hosts that were added up already. */
    addConversation({ a, b, packetsAToB, packetsBToA, bytesAToB, bytesBToA, firstAt, lastAt }: Pair): void {
      if (a === '' || b === '') return;
      addSums(hosts.at(a), packetsAToB, bytesAToB, packetsBToA, bytesBToA);
      addSums(hosts.at(b), packetsBToA, bytesBToA, packetsAToB, bytesAToB);
      const turned = a >= b;
      const pair = turned ? pairs.at(b, a) : pairs.at(a, b);
      if (pair === null) return;
      pair.packetsAToB += turned ? packetsBToA : packetsAToB;
      pair.packetsBToA += turned ? packetsAToB : packetsBToA;
      pair.bytesAToB += turned ? bytesBToA : bytesAToB;
      pair.bytesBToA += turned ? bytesAToB : bytesBToA;
      pair.firstAt = Math.min(pair.firstAt, firstAt);
      pair.lastAt = Math.max(pair.lastAt, lastAt);
    },
    finish: (): Talkers => ({
      pairs: pairs.values(),
      hosts: hosts.values(),
      refused: Math.max(pairs.refused(), hosts.refused()),
    }),
  };
}

function addSums(
  talker: Talker | null,
  sentPackets: number,
  sentBytes: number,
  receivedPackets: number,
  receivedBytes: number,
): void {
  if (talker === null) return;
  talker.sentPackets += sentPackets;
  talker.sentBytes += sentBytes;
  talker.receivedPackets += receivedPackets;
  talker.receivedBytes += receivedBytes;
}

function addToPair(pair: Pair, source: string, bytes: number, at: number): void {
  if (source === pair.a) {
    pair.packetsAToB += 1;
    pair.bytesAToB += bytes;
  } else {
    pair.packetsBToA += 1;
    pair.bytesBToA += bytes;
  }
  pair.firstAt = Math.min(pair.firstAt, at);
  pair.lastAt = Math.max(pair.lastAt, at);
}
