import {
  addBounded,
  addEvidence,
  createBoundedMap,
  noEvidence,
  type BoundedMap,
  type Evidence,
} from '../bounded.ts';
import { isGroupAddress, isMac, type Packet } from '../packet.ts';
import { number, text } from '../row.ts';

/** Control messages of one kind from one host to another. */
export interface IcmpReport {
  /** 4 or 6. */
  version: number;
  type: number;
  code: number;
  reporter: string;
  told: string;
  messages: Evidence;
}

/** Echo requests of one host. */
export interface Pinger {
  source: string;
  /** Those to groups of hosts are not among them, unless the sender is a group itself. */
  requests: Evidence;
  targets: Set<string>;
  /** Groups of hosts that it asked beside, at most one more than MAX_GROUPS. */
  groups: Set<string>;
  firstAt: number;
  lastAt: number;
}

/** Echo messages between two hosts, both directions. */
export interface EchoPair {
  a: string;
  b: string;
  /** The host that asked first. */
  asker: string;
  /** Messages with more payload than any ping program sends by itself. */
  large: Evidence;
  /** Payload lengths seen among them, at most 50. */
  lengths: Set<number>;
}

/** Router advertisements of one IPv6 address by one MAC address. */
export interface Advertiser {
  address: string;
  mac: string;
  advertisements: Evidence;
  /** Those that say: do not use me as a router. */
  withdrawals: number;
  firstAt: number;
}

export interface IcmpTable {
  echoes: EchoPair[];
  advertisers: Advertiser[];
  reports: IcmpReport[];
  pingers: Pinger[];
}

const MAX_ROWS = 20_000;
const MAX_TARGETS = 70_000;
const MAX_LENGTHS = 50;
export const MAX_GROUPS = 20;
/** Windows pings carry 32 bytes, Unix ones 56, and 64 is a common round number. */
const PING_PAYLOAD = 64;
/** Echo request and reply, v4 and v6, router and neighbour messages: ordinary life, not reports of trouble. */
const REPORTS = new Set(['4 3', '4 5', '4 11', '6 1', '6 2', '6 3', '6 137']);

export function createIcmp() {
  const reports = createBoundedMap<IcmpReport>(MAX_ROWS, (key) => {
    const [version = '', type = '', code = '', reporter = '', told = ''] = key.split(' ');
    return {
      version: Number(version),
      type: Number(type),
      code: Number(code),
      reporter,
      told,
      messages: noEvidence(),
    };
  });
  const pingers = createBoundedMap<Pinger>(MAX_ROWS, newPinger);
  const echoes = createBoundedMap<EchoPair>(MAX_ROWS, (key) => {
    const [a = '', b = ''] = key.split(' ');
    return { a, b, asker: '', large: noEvidence(), lengths: new Set() };
  });
  const advertisers = createBoundedMap<Advertiser>(MAX_ROWS, (key) => {
    const [address = '', mac = ''] = key.split(' ');
    return { address, mac, advertisements: noEvidence(), withdrawals: 0, firstAt: 0 };
  });
  return {
    add(packet: Packet): void {
      const { row, layers, source, target, frame, at } = packet;
      const last = layers.at(-1);
      const six = layers.includes('icmpv6');
      if (source === null || target === null || (!six && last !== 'icmp')) return;
      const type = number(row, six ? 'icmpv6.type' : 'icmp.type');
      const code = number(row, six ? 'icmpv6.code' : 'icmp.code') ?? 0;
      if (type === (six ? 128 : 8) || type === (six ? 129 : 0)) addEcho(echoes, packet, source, target);
      if (six && type === 134) addAdvertisement(advertisers, packet, source);
      if (type === (six ? 128 : 8)) {
        const pinger = pingers.at(source);
        if (pinger === null) return;
        if (isGroupAddress(target) && !isGroupAddress(source)) {
          addBounded(pinger.groups, target, MAX_GROUPS + 1);
          return;
        }
        addEvidence(pinger.requests, frame);
        addBounded(pinger.targets, target, MAX_TARGETS);
        pinger.firstAt = Math.min(pinger.firstAt, at);
        pinger.lastAt = Math.max(pinger.lastAt, at);
        return;
      }
      const family = six ? 6 : 4;
      if (!REPORTS.has(`${family} ${type}`)) return;
      const report = reports.at(`${family} ${type} ${code} ${source} ${target}`);
      if (report !== null) addEvidence(report.messages, frame);
    },
    finish: (): IcmpTable => ({
      reports: reports.values(),
      pingers: pingers.values(),
      echoes: echoes.values(),
      advertisers: advertisers.values(),
    }),
  };
}

function newPinger(source: string): Pinger {
  return {
    source,
    requests: noEvidence(),
    targets: new Set(),
    groups: new Set(),
    firstAt: Infinity,
    lastAt: -Infinity,
  };
}

function addEcho(echoes: BoundedMap<EchoPair>, packet: Packet, source: string, target: string): void {
  const length = number(packet.row, 'data.len') ?? 0;
  const pair = length > PING_PAYLOAD ? echoes.at([source, target].toSorted().join(' ')) : null;
  if (pair === null) return;
  pair.asker ||= source;
  addEvidence(pair.large, packet.frame);
  addBounded(pair.lengths, length, MAX_LENGTHS);
}

function addAdvertisement(advertisers: BoundedMap<Advertiser>, packet: Packet, source: string): void {
  const mac = text(packet.row, 'eth.src').toLowerCase();
  const advertiser = isMac(mac) ? advertisers.at(`${source} ${mac}`) : null;
  if (advertiser === null) return;
  if (advertiser.advertisements.count === 0) advertiser.firstAt = packet.at;
  addEvidence(advertiser.advertisements, packet.frame);
  if (number(packet.row, 'icmpv6.nd.ra.router_lifetime') === 0) advertiser.withdrawals += 1;
}
