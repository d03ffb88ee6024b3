import type { HostName } from '../../../domain/facts/traffic.ts';
import { isAddress, isGroupAddress, type Packet } from '../packet.ts';
import { all, number, text } from '../row.ts';

export type NameSource = HostName['source'];

/** Names that hosts go by, per address: who sent them may lie. */
export type HostNames = Map<string, Map<string, NameSource>>;

const MAX_HOSTS = 20_000;
const MAX_NAMES = 8;
const LONGEST_NAME = 120;
const RESPONSE = 0x8000;
const POINTER_RECORD = 12;
const DHCP_ACKNOWLEDGE = 5;
const MAX_CLIENTS = 20_000;

export function createHostNames() {
  const hosts: HostNames = new Map();
  const askedByMac = new Map<string, string>();

  const name = (address: string | null, given: string, source: NameSource): void => {
    if (given === '' || address === null) return;
    const clean = given.trim().replace(/\.$/, '').toLowerCase().slice(0, LONGEST_NAME);
    if (!isHostName(clean) || !isAddress(address) || isGroupAddress(address)) return;
    const known = hosts.get(address);
    if (known === undefined) {
      if (hosts.size < MAX_HOSTS) hosts.set(address, new Map([[clean, source]]));
    } else if (known.size < MAX_NAMES && !known.has(clean)) known.set(clean, source);
  };

  const fromDns = ({ row, layers, source }: Packet): void => {
    const flags = number(row, 'dns.flags');
    if (flags === null || (flags & RESPONSE) === 0 || (flags & 0xf) !== 0) return;
    const addresses = [...all(row, 'dns.a'), ...all(row, 'dns.aaaa')].slice(0, 16);
    const asked = text(row, 'dns.qry.name');
    if (layers.includes('mdns')) {
      const own = all(row, 'dns.resp.name').find((given) => /^[\w-]+\.local$/i.test(given));
      if (own !== undefined && addresses.length > 0) name(source, own, 'mdns');
      return;
    }
    const kind = layers.includes('llmnr') ? 'llmnr' : 'dns';
    for (const address of addresses) name(address, asked, kind);
    if (number(row, 'dns.qry.type') === POINTER_RECORD)
      name(reversed(asked), text(row, 'dns.ptr.domain_name'), kind);
  };

  const fromDhcp = ({ row }: Packet): void => {
    const mac = text(row, 'dhcp.hw.mac_addr');
    const asked = text(row, 'dhcp.option.hostname');
    if (asked !== '' && (askedByMac.has(mac) || askedByMac.size < MAX_CLIENTS)) askedByMac.set(mac, asked);
    if (number(row, 'dhcp.option.dhcp') === DHCP_ACKNOWLEDGE)
      name(text(row, 'dhcp.ip.your'), askedByMac.get(mac) ?? asked, 'dhcp');
  };

  return {
    add(packet: Packet): void {
      const { row, layers, source, target } = packet;
      const last = layers.at(-1) ?? '';
      // A name that is cut off is another name.
      if (SILENT.has(last) || packet.captured < packet.bytes) return;
      if (layers.includes('dns') || layers.includes('mdns') || layers.includes('llmnr')) fromDns(packet);
      else if (layers.includes('dhcp')) fromDhcp(packet);
      else if (layers.includes('nbns')) fromNbns(packet, name);
      else if (layers.includes('browser')) name(source, text(row, 'browser.server'), 'browser');
      else if (layers.includes('http')) name(target, text(row, 'http.host').replace(/:\d+$/, ''), 'http');
      else {
        name(target, text(row, 'tls.handshake.extensions_server_name'), 'sni');
        name(source, text(row, 'ntlmssp.auth.hostname'), 'ntlm');
      }
    },
    finish: (): HostNames => hosts,
  };
}

/** Packets that end in one of these name nobody. */
const SILENT = new Set(['tcp', 'udp', 'arp', 'icmp', 'icmpv6', 'data']);

/** Registrations and answers carry the address; suffix 20 is the name of a machine, others may be of groups. */
function fromNbns({ row }: Packet, name: (address: string, given: string, source: NameSource) => void): void {
  const given = /^([^<\s]{1,15})<20>/.exec(text(row, 'nbns.name'))?.[1];
  if (given !== undefined) name(text(row, 'nbns.addr'), given, 'nbns');
}

/** The address that a name below in-addr.arpa stands for; null for any other. */
function reversed(asked: string): string | null {
  const digits = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.in-addr\.arpa$/i.exec(asked);
  return digits === null ? null : digits.slice(1).toReversed().join('.');
}

/** Letters, digits, dashes, underscores and dots, and no address. */
const isHostName = (name: string): boolean =>
  /^[\p{L}\d_-]+(\.[\p{L}\d_-]+)*$/u.test(name) && !/^[\d.]+$/.test(name);
