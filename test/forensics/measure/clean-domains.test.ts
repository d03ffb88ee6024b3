import { describe, expect, it } from 'vitest';
import {
  ACK,
  arp,
  CLIENT,
  findingsOf,
  handshake,
  MAC_A,
  MAC_B,
  repeat,
  SERVER,
  tcp,
  type FrameFields,
} from './packets.ts';

const AGAIN = '\u001e';
const over =
  (port: string, layers: string) =>
  (way: 'up' | 'down', fields: FrameFields): FrameFields =>
    tcp(ACK, { way, port, 'frame.protocols': `eth:ethertype:ip:tcp:${layers}`, 'tcp.len': '90', ...fields });
const kerberos = over('88', 'kerberos');
const smb = over('445', 'nbss:smb2');
const call = over('49667', 'dcerpc');
const ldap = over('389', 'ldap');
const wifi = (type: number, from: string, to: string, fields: FrameFields = {}): FrameFields => ({
  'frame.protocols': 'radiotap:wlan_radio:wlan',
  'wlan.sa': from,
  'wlan.ta': from,
  'wlan.da': to,
  'wlan.bssid': MAC_A,
  'wlan.fc.type_subtype': String(type),
  ...fields,
});
const key = (message: number): FrameFields =>
  wifi(32, message % 2 === 1 ? MAC_A : MAC_B, message % 2 === 1 ? MAC_B : MAC_A, {
    'frame.protocols': 'radiotap:wlan_radio:wlan:llc:eapol',
    'wlan_rsna_eapol.keydes.msgnr': String(message),
  });
const neighbour = (type: number, mac: string, source: string, fields: FrameFields = {}): FrameFields => ({
  'frame.protocols': 'eth:ethertype:ipv6:icmpv6',
  'eth.src': mac,
  'ipv6.src': source,
  'ipv6.dst': 'ff02::1',
  'icmpv6.type': String(type),
  ...fields,
});

const logon: FrameFields[] = [
  kerberos('up', { 'kerberos.msg_type': '10', 'kerberos.CNameString': 'ann' }),
  // The controller wants a proof first: that is how every login begins.
  kerberos('down', { 'kerberos.msg_type': '30', 'kerberos.error_code': '25' }),
  kerberos('up', { 'kerberos.msg_type': '10', 'kerberos.CNameString': 'ann' }),
  kerberos('down', { 'kerberos.msg_type': '11', 'kerberos.etype': `18${AGAIN}18` }),
  ...['cifs', 'ldap', 'host', 'MSSQLSvc'].flatMap((service) => [
    kerberos('up', {
      'kerberos.msg_type': `12${AGAIN}14`,
      'kerberos.etype': `18${AGAIN}18`,
      'kerberos.ENCTYPE': [18, 17, 23, 24, -135].join(AGAIN),
      'kerberos.SNameString': ['krbtgt', 'A.EXAMPLE', service, 'dc.a.example'].join(AGAIN),
    }),
    kerberos('down', {
      'kerberos.msg_type': '13',
      'kerberos.etype': `18${AGAIN}18`,
      'kerberos.SNameString': [service, 'dc.a.example'].join(AGAIN),
    }),
  ]),
  smb('up', { 'smb2.cmd': '1' }),
  // More processing required: the second half of the handshake follows.
  smb('down', { 'smb2.cmd': '1', 'smb2.nt_status': '0xc0000016' }),
  smb('up', { 'smb2.cmd': '1', 'ntlmssp.auth.username': 'ann' }),
  smb('down', { 'smb2.cmd': '1', 'smb2.nt_status': '0x00000000' }),
  smb('up', { 'smb2.cmd': '9', 'smb2.tree': String.raw`\\dc\home`, 'smb2.filename': 'letter.docx' }),
  ldap('up', { 'ldap.name': '' }),
  ldap('down', { 'ldap.resultCode': '0' }),
  // Names to identifiers, as every login asks.
  call('up', { 'drsuapi.opnum': '12', 'dcerpc.pkt_type': '0' }),
  call('up', { 'samr.opnum': '17', 'dcerpc.pkt_type': '0' }),
  call('up', { 'netlogon.opnum': '39', 'netlogon.clientcred': '1122334455667788' }),
  call('up', { 'spoolss.opnum': '69', 'dcerpc.pkt_type': '0' }),
];

const roaming: FrameFields[] = [
  wifi(12, MAC_B, MAC_A, { 'wlan.fixed.reason_code': '3' }),
  wifi(11, MAC_A, MAC_B, { 'wlan.fixed.status_code': '0' }),
  wifi(3, MAC_A, MAC_B, { 'wlan.fixed.status_code': '0' }),
  key(1),
  key(2),
  key(3),
  key(4),
];

const link: FrameFields[] = [
  ...repeat(20, (n) => arp(MAC_B, CLIENT, '1', `10.0.0.${(n % 4) + 1}`)),
  arp(MAC_A, '10.0.0.1', '2', CLIENT),
  neighbour(133, MAC_B, 'fe80::b'),
  ...repeat(5, () =>
    neighbour(134, MAC_A, 'fe80::a', {
      'icmpv6.opt.prefix': '2001:db8:1::',
      'icmpv6.nd.ra.router_lifetime': '1800',
    }),
  ),
  neighbour(136, MAC_A, 'fe80::a', { 'icmpv6.nd.na.target_address': 'fe80::a' }),
  neighbour(136, MAC_B, 'fe80::b', { 'icmpv6.nd.na.target_address': 'fe80::b' }),
  ...repeat(30, () => ({
    'frame.protocols': 'eth:ethertype:ip:udp:hsrp',
    'ip.src': '10.0.0.2',
    'ip.dst': '224.0.0.2',
    'hsrp.auth_data': 'cisco',
  })),
  ...repeat(4, (n) => ({
    'frame.protocols': 'eth:ethertype:ip:udp:dhcp',
    'ip.src': CLIENT,
    'ip.dst': SERVER,
    'dhcp.option.dhcp': n % 2 === 0 ? '3' : '5',
  })),
];

const lossy: FrameFields[] = [
  ...handshake(),
  ...repeat(400, (n) => [
    tcp(ACK, {
      way: 'down',
      'tcp.len': '1400',
      ...(n % 150 === 7 ? { 'tcp.analysis.retransmission': '1' } : {}),
    }),
    tcp(ACK),
  ]).flat(),
].map((frame, n) => ({ ...frame, 'frame.time_epoch': (1000 + n * 0.01).toFixed(6) }));

describe('a network in order', () => {
  it.each([
    ['a logon to a domain', logon],
    ['a station that moves on', roaming],
    ['a link with its routers', link],
    ['a transfer with a few segments sent again', lossy],
  ])('raises nothing above low: %s', (_, frames) => {
    const grave = findingsOf(frames).filter(({ severity }) => severity !== 'info' && severity !== 'low');

    expect(grave.map(({ kind, title }) => `${kind}: ${title}`)).toEqual([]);
  });
});
