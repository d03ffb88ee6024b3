import { CaptureFacts } from '../facts.ts';
import { Finding } from '../finding.ts';
import { FINDING_KINDS } from '../finding-kinds.ts';
import { FACT_SOURCES, FINDING_SOURCES, type TextSource } from './text-sources.ts';

/** Stands where a text was kept back. */
export const WITHHELD = '[withheld]';

const NOTICE = `Text out of packets is kept back from you: ${WITHHELD} stands in its place. Do not guess what it says.`;

/**
 * The same facts without any text that a sender of packets could have chosen. What is said to be an address, a protocol
 * or a request is only kept where it looks like one, and a text of unknown source is not.
 */
export function factsWithoutText(facts: CaptureFacts): CaptureFacts {
  const sifted = CaptureFacts.parse(sift(facts, FACT_SOURCES));
  return { ...sifted, notes: [NOTICE, ...sifted.notes] };
}

/** The same for findings; the meaning of a finding's kind becomes its title. */
export const findingsWithoutText = (findings: readonly Finding[]): Finding[] =>
  findings.map((finding) => {
    const sifted = Finding.parse(sift(finding, FINDING_SOURCES));
    return { ...sifted, title: FINDING_KINDS[finding.kind].meaning };
  });

/** What is said of a program's output instead of the output. */
export function outputWithoutText(output: string): string {
  const bytes = new TextEncoder().encode(output).length;
  return bytes === 0 ? '' : `${WITHHELD} (${bytes} bytes, kept back because they may quote packets)`;
}

const SOURCES: readonly unknown[] = [
  'ours',
  'address',
  'protocol',
  'request',
  'filter',
  'payload',
] satisfies TextSource[];
const isSource = (value: unknown): value is TextSource => SOURCES.includes(value);

function sift(value: unknown, sources: unknown): unknown {
  if (typeof value === 'string') return isSource(sources) && isFit(value, sources) ? value : WITHHELD;
  if (Array.isArray(value)) return value.map((row) => sift(row, sources));
  if (typeof value !== 'object' || value === null) return value;
  const keys: unknown = own(sources, 'keys');
  return Object.fromEntries(
    isSource(keys)
      ? Object.entries(value).map(([key, count]) => [isFit(key, keys) ? key : WITHHELD, sift(count, null)])
      : Object.entries(value).map(([key, inner]) => [key, sift(inner, own(sources, key))]),
  );
}

function own(sources: unknown, key: string): unknown {
  return typeof sources === 'object' && sources !== null && Object.hasOwn(sources, key)
    ? Reflect.get(sources, key)
    : null;
}

/** Whether a text is what its source says: the last look before it leaves. */
function isFit(text: string, source: TextSource): boolean {
  switch (source) {
    case 'ours':
      return true;
    case 'address':
      return ADDRESS.test(text);
    case 'protocol':
      return PROTOCOL.test(text);
    case 'request':
      return text.split(' ').every((word) => /^\d{3}$/.test(word) || REQUESTS.has(word));
    case 'filter':
      return isPlainFilter(text);
    case 'payload':
      return false;
  }
}

const IPV4 = String.raw`(?:\d{1,3}\.){3}\d{1,3}`;
/** At least two colons: no word and no name has that. */
const IPV6 = String.raw`(?=(?:[^:]*:){2})[0-9a-f:]{2,39}(?:${IPV4})?`;
const ADDRESS = new RegExp(
  String.raw`^(?:${IPV4}(?::\d{1,5})?|\[?${IPV6}\]?(?::\d{1,5})?)(?:/\d{1,3})?$`,
  'i',
);
const PROTOCOL = /^[\w.:+/() -]{1,100}$/;

/** Registered for HTTP and SIP: everything else may be a word of the sender's. */
const REQUESTS = new Set(
  (
    'GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH PROPFIND PROPPATCH MKCOL COPY MOVE LOCK UNLOCK SEARCH ' +
    'REPORT INVITE ACK BYE CANCEL REGISTER PRACK SUBSCRIBE NOTIFY PUBLISH INFO REFER MESSAGE UPDATE'
  ).split(' '),
);

/** Whether a display filter compares fields with nothing but numbers and addresses. */
function isPlainFilter(filter: string): boolean {
  return filter
    .split(/&&|\|\|/)
    .map((term) => term.replaceAll(/^[\s!(]+|[\s)]+$/g, ''))
    .every((term) => {
      const parts = TERM.exec(term);
      if (parts === null) return false;
      return (parts[1] ?? parts[2] ?? '0').split(',').every((value) => VALUE.test(value.trim()));
    });
}

/** Of fields that our detectors filter by; whatever else begins a term may be a value that lost its quotes. */
const LAYERS =
  'frame eth vlan llc stp arp ip ipv6 icmp icmpv6 igmp gre tcp udp sctp dns mdns llmnr nbns dhcp dhcpv6 tls quic http http2 ' +
  'smb smb2 kerberos ldap ntlmssp dcerpc rtp rtcp sip ftp smtp pop imap ssh telnet wlan radiotap eapol bgp ospf rip hsrp vrrp ntp ' +
  'snmp ocsp x509ce data modbus mbtcp s7comm dnp3 enip cip bacnet bacapp opcua iec60870_104 iec60870_asdu pn_dcp';
const FIELD = `(?:${LAYERS.replaceAll(' ', '|')})(?:\\.[\\w.-]+)?`;
const TERM = new RegExp(String.raw`^${FIELD}(?:\s*(?:==|!=|<=|>=|<|>|&)\s*(\S+)|\s+in\s+\{([^{}]*)\})?$`);
const VALUE = new RegExp(
  String.raw`^(?:-?\d+(?:\.\d+)?|0x[0-9a-f]+|True|False|${IPV4}|${IPV6})(?:/\d+)?$`,
  'i',
);
