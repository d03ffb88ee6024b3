import type { TableName } from '../tables.ts';

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
}

const own = (shows: number): Attention => ({ reader: 'own', shows });
const both = (shows: number): Attention => ({ reader: 'both', shows });
/** The index of a large capture knows it. */
const NONE = own(0);
const BEYOND = MESSAGE | OTHER;
/** Told by tshark; our own reader gives what little it has where no tshark is at hand. */
const TSHARK: Attention = { reader: 'tshark', shows: BEYOND };
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
  dhcp: both(MESSAGE),
  dns: both(MESSAGE),
  dnsNames: both(MESSAGE),
  dnsServers: both(MESSAGE),
  dnsContradictions: both(MESSAGE),
  dnsScopes: both(MESSAGE),
  dnsMalformed: both(MESSAGE),
  lookups: both(MESSAGE | TCP_CONTROL),
  web: both(MESSAGE),
  tls: both(MESSAGE),
  certificates: both(MESSAGE),
  ftpPorts: both(MESSAGE),
  heartbeats: own(MESSAGE | EARLY_PAYLOAD),
  firstWords: own(TCP_CONTROL | EARLY_PAYLOAD),
  contents: own(TCP_CONTROL | EARLY_PAYLOAD | MESSAGE),
  webExchanges: both(MESSAGE),
  controlMessages: own(ICMP_MESSAGE),
  leaseMessages: both(MESSAGE),
  hellos: both(MESSAGE),
  outcomes: both(MESSAGE),
  sessions: both(MESSAGE | EARLY_PAYLOAD),
  icsTalk: both(MESSAGE | EARLY_PAYLOAD),
  callMessages: TSHARK,
  wifiNetworks: TSHARK,
  hostNames: both(MESSAGE),
  signs: both(MESSAGE),
  logins: both(MESSAGE | EARLY_PAYLOAD),
  ics: both(MESSAGE | EARLY_PAYLOAD),
  routing: both(BEYOND),
  sip: TSHARK,
  rtp: TSHARK,
  revocations: TSHARK,
  wifi: TSHARK,
  windows: TSHARK,
  kerberos: TSHARK,
  repeats: own(UDP_DATAGRAM | ICMP_MESSAGE),
  neighbours: { reader: 'tshark', shows: BEYOND | ICMP_MESSAGE },
};
