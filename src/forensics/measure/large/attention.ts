import type { TableName } from '../tables.ts';
import { ICS_TALK_LAYERS } from '../tables/ics-talk.ts';
import { WEAK_AUTHS } from '../tables/routing.ts';
import { SIGNS } from '../tables/signs.ts';

/** What a packet of a large capture shows, as bits: tables name those that they look at. */
export const TCP_SEGMENT = 0x01;
/** Begins or ends a connection, is the first seen of it, or has flags that data never has. */
export const TCP_CONTROL = 0x02;
/** Carries something near the beginning of its conversation, or little. */
export const EARLY_PAYLOAD = 0x04;
/** Ends a message that our own reader understands. */
export const MESSAGE = 0x08;
export const UDP_DATAGRAM = 0x10;
export const ICMP_MESSAGE = 0x20;
export const ARP_MESSAGE = 0x40;
/** Anything else: Wi-Fi, routing, whatever is no IP. */
export const OTHER = 0x80;
/** Every packet. */
export const ANY = 0x100;
/** A piece of an IP datagram, the last one with the whole of it among them. */
export const FRAGMENT = 0x400;

/** Our own reader understands its innermost protocol as well as tables need it; never asked for alone. */
export const UNDERSTOOD = 0x200;

/** Which packets a table is given, and by whom: our own reader, tshark for what only tshark understands, or both. */
export interface Attention {
  reader: 'own' | 'tshark' | 'both';
  shows: number;
  /** Only packets with one of these protocols: it does nothing with others. Absent: any. */
  among?: readonly string[];
}

const own = (shows: number): Attention => ({ reader: 'own', shows });
const both = (shows: number, ...among: string[]): Attention => ({
  reader: 'both',
  shows,
  ...(among.length > 0 && { among }),
});
/** The index of a large capture knows it. */
const NONE = own(0);
const BEYOND = MESSAGE | OTHER;
/** Told by tshark; our own reader gives what little it has where no tshark is at hand. */
const TSHARK: Attention = { reader: 'tshark', shows: BEYOND };
/** Where remote calls and file names of Windows stand, and what domain controllers answer. */
const WINDOWS_LAYERS = ['smb', 'smb2', 'dcerpc', 'http', 'kerberos', 'ldap', 'cldap', 'tls'];
/** Protocols that say by name who logs in. */
const LOGIN_LAYERS = ['kerberos', 'ntlmssp', 'smb', 'smb2', 'ftp', 'ldap', 'pop', 'imap'];
/** Conversations are added up, and handed over as a whole: see `addConversation`. */
const NO_CONVERSATION = ICMP_MESSAGE | ARP_MESSAGE | OTHER;

/**
 * What every table looks at in a large capture. A packet in the middle of a transfer shows nothing but that it is a
 * segment, so it costs next to nothing.
 */
export const ATTENTION: Readonly<Record<TableName, Attention>> = {
  overview: own(ANY),
  rates: own(ANY),
  moments: NONE,
  sizes: own(TCP_SEGMENT | ICMP_MESSAGE),
  hardware: own(TCP_CONTROL | EARLY_PAYLOAD | ICMP_MESSAGE | ARP_MESSAGE | OTHER),
  talkers: own(NO_CONVERSATION),
  protocols: own(NO_CONVERSATION),
  tcp: own(TCP_SEGMENT),
  quality: own(TCP_SEGMENT),
  probes: own(TCP_CONTROL | EARLY_PAYLOAD),
  blindProbes: own(TCP_CONTROL | EARLY_PAYLOAD | UDP_DATAGRAM | ICMP_MESSAGE),
  oddProbes: own(TCP_CONTROL | EARLY_PAYLOAD | ICMP_MESSAGE | OTHER),
  pings: own(TCP_CONTROL | UDP_DATAGRAM | ICMP_MESSAGE),
  covert: own(TCP_CONTROL | ICMP_MESSAGE),
  icmp: own(ICMP_MESSAGE),
  arp: own(ARP_MESSAGE),
  volume: own(UDP_DATAGRAM | ICMP_MESSAGE),
  reflections: own(UDP_DATAGRAM),
  fragments: own(FRAGMENT),
  dhcp: both(MESSAGE, 'dhcp', 'dhcpv6'),
  dns: both(MESSAGE, 'dns'),
  dnsNames: both(MESSAGE, 'dns'),
  dnsServers: both(MESSAGE, 'dns'),
  dnsContradictions: both(MESSAGE, 'dns'),
  dnsScopes: both(MESSAGE, 'dns'),
  dnsMalformed: both(MESSAGE, 'dns'),
  lookups: both(MESSAGE, 'dns'),
  web: both(MESSAGE, 'http'),
  tls: both(MESSAGE, 'tls'),
  certificates: both(MESSAGE, 'tls'),
  ftpPorts: both(MESSAGE, 'ftp'),
  heartbeats: own(MESSAGE | EARLY_PAYLOAD),
  firstWords: own(TCP_CONTROL | EARLY_PAYLOAD),
  contents: own(TCP_CONTROL | EARLY_PAYLOAD | MESSAGE),
  webExchanges: both(MESSAGE, 'http'),
  controlMessages: own(ICMP_MESSAGE),
  leaseMessages: both(MESSAGE, 'dhcp'),
  hellos: both(MESSAGE, 'tls', 'quic'),
  outcomes: both(MESSAGE, 'smb', 'smb2', 'kerberos', 'ldap'),
  sessions: both(MESSAGE | EARLY_PAYLOAD, 'ssh', 'ftp', 'smtp'),
  icsTalk: both(MESSAGE | EARLY_PAYLOAD, ...ICS_TALK_LAYERS),
  callMessages: { ...TSHARK, among: ['sip'] },
  wifiNetworks: { ...TSHARK, among: ['wlan'] },
  hostNames: both(MESSAGE),
  signs: both(MESSAGE, ...SIGNS.map(({ layer }) => layer)),
  logins: both(MESSAGE | EARLY_PAYLOAD),
  ics: both(MESSAGE | EARLY_PAYLOAD),
  routing: both(BEYOND, 'bgp', ...WEAK_AUTHS.map(({ layer }) => layer)),
  sip: { ...TSHARK, among: ['sip'] },
  rtp: TSHARK,
  revocations: { ...TSHARK, among: ['ocsp'] },
  wifi: { ...TSHARK, among: ['wlan'] },
  windows: { ...TSHARK, among: WINDOWS_LAYERS },
  kerberos: { ...TSHARK, among: LOGIN_LAYERS },
  repeats: own(UDP_DATAGRAM | ICMP_MESSAGE),
  neighbours: { reader: 'tshark', shows: BEYOND | ICMP_MESSAGE, among: ['icmpv6'] },
};
