import type { CaptureFacts } from '../../../domain/facts.ts';
import { isIpv6, isMac } from '../packet.ts';
import type { Tables } from '../tables.ts';

type Endpoint = CaptureFacts['endpoints'][number];

const MAX_NAMES = 5;
const MAX_ROLES = 8;
const MAX_PORTS = 5;
/** A card has one IPv4 address and a few IPv6 ones; who sends for more is a router. */
const MOST_OWN_IPV6 = 6;

/** Answers what is known of an address beside its traffic: its names, its network card and what it does. */
export function describeHosts(
  tables: Tables,
): (address: string) => Pick<Endpoint, 'names' | 'mac' | 'roles'> {
  const claims = claimsOf(tables);
  const routers = routersOf(tables, claims);
  const roles = rolesOf(tables, routers);
  return (address) => ({
    names: [...(tables.hostNames.get(address) ?? [])]
      .slice(0, MAX_NAMES)
      .map(([name, source]) => ({ name, source })),
    mac: macOf(tables, claims, address),
    roles: (roles.get(address) ?? []).slice(0, MAX_ROLES),
  });
}

/** The one MAC address that claims an IP address by ARP; '' where several do. */
function claimsOf({ arp }: Tables): Map<string, string> {
  const claims = new Map<string, string>();
  for (const { ip, mac } of arp.claims) {
    const other = claims.get(ip);
    claims.set(ip, other === undefined || other === mac ? mac : '');
  }
  return claims;
}

function macOf({ hardware }: Tables, claims: ReadonlyMap<string, string>, address: string): Endpoint['mac'] {
  if (isMac(address) || isLoopback(address)) return null;
  const claimed = claims.get(address);
  if (claimed !== undefined) return claimed === '' ? null : { address: claimed, knownBy: 'arp' };
  const mac = hardware.macs.get(address);
  if (mac === undefined || carriesForOthers(hardware.carried.get(mac))) return null;
  return { address: mac, knownBy: 'frames' };
}

const isLoopback = (address: string): boolean => address === '::1' || address.startsWith('127.');

function carriesForOthers(carried: ReadonlySet<string> | undefined): boolean {
  const addresses = [...(carried ?? [])];
  const six = addresses.filter(isIpv6).length;
  return addresses.length - six > 1 || six > MOST_OWN_IPV6;
}

/** Who sends the frames of others, advertises itself, or reports that a packet's time ran out on its way. */
function routersOf({ hardware, icmp, arp }: Tables, claims: ReadonlyMap<string, string>): Set<string> {
  const routers = new Set<string>();
  for (const { ip } of arp.claims) {
    const mac = claims.get(ip) ?? '';
    const others = [...(hardware.carried.get(mac) ?? [])].filter(
      (address) => !isIpv6(address) && address !== ip && claims.get(address) !== mac,
    );
    if (mac !== '' && others.length > 0) routers.add(ip);
  }
  for (const { address, withdrawals, advertisements } of icmp.advertisers)
    if (withdrawals < advertisements.count) routers.add(address);
  for (const { version, type, code, reporter } of icmp.reports)
    if (code === 0 && type === (version === 6 ? 3 : 11)) routers.add(reporter);
  return routers;
}

function rolesOf(tables: Tables, routers: ReadonlySet<string>): Map<string, string[]> {
  const { tcp, dns, dhcp, windows } = tables;
  const roles = new Map<string, string[]>();
  const add = (address: string, role: string): void => {
    const known = roles.get(address);
    if (known === undefined) roles.set(address, [role]);
    else if (!known.includes(role)) known.push(role);
  };
  for (const address of routers) add(address, 'router');
  for (const { server, responses } of dns.pairs) if (responses > 0) add(server, 'DNS server');
  for (const address of dhcp.servers) add(address, 'DHCP server');
  for (const address of windows.controllers) add(address, 'domain controller');
  const served = new Map<string, Set<number>>();
  for (const { client, server, serverPort, synAcks, established } of tcp.connections) {
    if (synAcks === 0 && !established) continue;
    const ports = served.get(server) ?? new Set();
    served.set(server, ports.add(serverPort));
    add(client, 'client');
  }
  for (const [server, ports] of served) {
    const sorted = [...ports].toSorted((a, b) => a - b);
    for (const port of sorted.slice(0, MAX_PORTS)) add(server, `server tcp/${port}`);
    if (sorted.length > MAX_PORTS) add(server, `server of ${sorted.length - MAX_PORTS} more TCP ports`);
  }
  return roles;
}
