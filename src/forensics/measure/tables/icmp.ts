import { addBounded, addEvidence, createBoundedMap, noEvidence, type Evidence } from '../bounded.ts';
import { isGroupAddress, type Packet } from '../packet.ts';
import { number } from '../row.ts';

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
  requests: Evidence;
  targets: Set<string>;
  firstAt: number;
  lastAt: number;
}

export interface IcmpTable {
  reports: IcmpReport[];
  pingers: Pinger[];
}

const MAX_ROWS = 20_000;
const MAX_TARGETS = 70_000;
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
  const pingers = createBoundedMap<Pinger>(MAX_ROWS, (source) => ({
    source,
    requests: noEvidence(),
    targets: new Set(),
    firstAt: Infinity,
    lastAt: -Infinity,
  }));
  return {
    add({ row, layers, source, target, frame, at }: Packet): void {
      const last = layers.at(-1);
      const six = layers.includes('icmpv6');
      if (source === null || target === null || (!six && last !== 'icmp')) return;
      const type = number(row, six ? 'icmpv6.type' : 'icmp.type');
      const code = number(row, six ? 'icmpv6.code' : 'icmp.code') ?? 0;
      if (type === (six ? 128 : 8)) {
        const pinger = isGroupAddress(target) ? null : pingers.at(source);
        if (pinger === null) return;
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
    finish: (): IcmpTable => ({ reports: reports.values(), pingers: pingers.values() }),
  };
}
