import { isGroupAddress } from './packet.ts';
import type { BlindProbe } from './tables/blind-probes.ts';
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
  ports: number[];
  probes: Probe[];
}

/** One port, or a few, tried on many hosts, of which few did anything with it; one sweep per client. */
export function tcpSweeps(tables: Tables): Sweep[] {
  const byPort = new Map<string, { client: string; port: number; probes: Probe[] }>();
  const few = tables.probes.filter(({ ports }) => ports.size > 0 && ports.size < FEW_PORTS);
  for (const probe of manyBy(few, ({ client }) => client)) {
    for (const port of probe.ports) {
      const key = `${probe.client} ${port}`;
      const sweep = byPort.get(key) ?? { client: probe.client, port, probes: [] };
      sweep.probes.push(probe);
      byPort.set(key, sweep);
    }
  }
  const swept = [...byPort.values()].filter(({ port, probes }) => {
    const used = probes.filter((probe) => probe.usedPorts.has(port)).length;
    return probes.length >= SWEPT_HOSTS && used <= probes.length * USED_SHARE;
  });
  return [...Map.groupBy(swept, ({ client }) => client)].map(([client, parts]) => ({
    client,
    ports: parts.map(({ port }) => port),
    probes: [...new Set(parts.flatMap(({ probes }) => probes))],
  }));
}

/** Those whose host has as many as a sweep needs: hardly any, so that only these are sorted by port. */
function manyBy<T>(probes: readonly T[], hostOf: (probe: T) => string): T[] {
  const counts = new Map<string, number>();
  for (const probe of probes) counts.set(hostOf(probe), (counts.get(hostOf(probe)) ?? 0) + 1);
  return probes.filter((probe) => (counts.get(hostOf(probe)) ?? 0) >= SWEPT_HOSTS);
}

/** UDP services that sweeps look for; programs that share files or call each other use ports of their own. */
const SWEPT_SERVICES = new Set([
  1_434, 1_604, 1_900, 3_702, 5_060, 5_353, 5_683, 11_211, 27_015, 30_303, 47_808,
]);
const LOW_PORT = 1_024;

export interface UdpSweep {
  source: string;
  port: number;
  probes: BlindProbe[];
}

/** One UDP service tried on many hosts, of which few answered. */
export function udpSweeps({ blindProbes }: Tables): UdpSweep[] {
  const single = blindProbes.filter(
    ({ kind, ports, target }) => kind === 'udp' && ports.size === 1 && !isGroupAddress(target),
  );
  const many = manyBy(single, ({ source }) => source);
  const groups = Map.groupBy(many, ({ source, ports }) => `${source} ${[...ports][0]}`);
  return [...groups.values()].flatMap((probes) => {
    const [first] = probes;
    const port = [...(first?.ports ?? [])][0] ?? 0;
    const answered = probes.filter(({ answering }) => answering.size > 0).length;
    const seconds =
      Math.max(...probes.map(({ lastAt }) => lastAt)) - Math.min(...probes.map(({ firstAt }) => firstAt));
    if (first === undefined || probes.length < SWEPT_HOSTS || answered > probes.length * USED_SHARE)
      return [];
    if (seconds > probes.length * SECONDS_PER_PING) return [];
    return port < LOW_PORT || SWEPT_SERVICES.has(port) ? [{ source: first.source, port, probes }] : [];
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
    ...udpSweeps(tables).map(({ source }) => source),
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
