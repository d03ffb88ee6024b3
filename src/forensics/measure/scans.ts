import type { ArpAsker } from './tables/arp.ts';
import type { Pinger } from './tables/icmp.ts';
import type { Probe } from './tables/syn-probes.ts';
import type { Tables } from './tables.ts';

const FEW_PORTS = 12;
const USED_SHARE = 0.2;
const SWEPT_HOSTS = 20;

/** Whether a host knocked on so many ports of another that it cannot have wanted the services behind them. */
export function isPortScan(probe: Probe): boolean {
  const used = [...probe.usedPorts].filter((port) => probe.ports.has(port)).length;
  return probe.ports.size >= FEW_PORTS && used <= probe.ports.size * USED_SHARE;
}

export interface Sweep {
  client: string;
  port: number;
  probes: Probe[];
}

/** One port tried on many hosts, of which few did anything with it. */
export function tcpSweeps(tables: Tables): Sweep[] {
  const byPort = new Map<string, Sweep>();
  for (const probe of tables.probes) {
    if (probe.ports.size === 0 || probe.ports.size > 5) continue;
    for (const port of probe.ports) {
      const key = `${probe.client} ${port}`;
      const sweep = byPort.get(key) ?? { client: probe.client, port, probes: [] };
      sweep.probes.push(probe);
      byPort.set(key, sweep);
    }
  }
  return [...byPort.values()].filter(({ port, probes }) => {
    const used = probes.filter((probe) => probe.usedPorts.has(port)).length;
    return probes.length >= SWEPT_HOSTS && used <= probes.length * USED_SHARE;
  });
}

const PINGED_HOSTS = 10;
const SECONDS_PER_PING = 5;
const ASKED_ADDRESSES = 30;
const SECONDS_PER_ADDRESS = 2;

/** Whether a host pinged so many others so fast that it looks for living ones. */
export const isPingSweep = ({ targets, firstAt, lastAt }: Pinger): boolean =>
  targets.size >= PINGED_HOSTS && lastAt - firstAt <= targets.size * SECONDS_PER_PING;

/** Whether a host asked for so many addresses by ARP so fast that it looks for living ones. */
export const isArpScan = ({ targets, firstAt, lastAt }: ArpAsker): boolean =>
  targets.size >= ASKED_ADDRESSES && lastAt - firstAt <= targets.size * SECONDS_PER_ADDRESS;

/** Hosts that scan or sweep in any way: that their connections fail is what they are after. */
export function scanners(tables: Tables): Set<string> {
  return new Set([
    ...tables.probes.filter(isPortScan).map(({ client }) => client),
    ...tcpSweeps(tables).map(({ client }) => client),
    ...tables.icmp.pingers.filter(isPingSweep).map(({ source }) => source),
    ...tables.arp.askers.filter(isArpScan).flatMap(({ ips }) => [...ips]),
  ]);
}

/** Pairs "client server" whose failed connections are already told as a scan or a sweep. */
export function scannedPairs(tables: Tables): Set<string> {
  const sweeps = tcpSweeps(tables).flatMap((sweep) => sweep.probes);
  const scans = tables.probes.filter(isPortScan);
  return new Set([...sweeps, ...scans].map(({ client, server }) => `${client} ${server}`));
}
