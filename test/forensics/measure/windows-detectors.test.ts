import { describe, expect, it } from 'vitest';
import { CLIENT, findingsOf, handshake, repeat, SERVER, SYN, tcp, type FrameFields, ACK } from './packets.ts';

const AGAIN = '\u001e';
const windows = (way: 'up' | 'down', fields: FrameFields): FrameFields =>
  tcp(ACK, {
    way,
    port: '445',
    'frame.protocols': 'eth:ethertype:ip:tcp:nbss:smb2:dcerpc',
    'tcp.len': '90',
    ...fields,
  });
const kerberos = (way: 'up' | 'down', fields: FrameFields): FrameFields =>
  tcp(ACK, {
    way,
    port: '88',
    'frame.protocols': 'eth:ethertype:ip:tcp:kerberos',
    'tcp.len': '90',
    ...fields,
  });
const ticketRequest = (service: string, etypes: number[]): FrameFields =>
  kerberos('up', {
    'kerberos.msg_type': `12${AGAIN}14`,
    'kerberos.etype': [18, 18].join(AGAIN),
    'kerberos.ENCTYPE': etypes.join(AGAIN),
    'kerberos.SNameString': ['krbtgt', 'EXAMPLE', ...service.split('/')].join(AGAIN),
  });
const ticket = (service: string, etype: number, client = 18): FrameFields =>
  kerberos('down', {
    'kerberos.msg_type': '13',
    'kerberos.etype': `${etype}${AGAIN}${client}`,
    'kerberos.SNameString': service.split('/').join(AGAIN),
  });
const ldap = (way: 'up' | 'down', fields: FrameFields): FrameFields =>
  tcp(ACK, { way, port: '389', 'frame.protocols': 'eth:ethertype:ip:tcp:ldap', ...fields });
const ftp = (command: string, argument: string): FrameFields =>
  tcp(ACK, {
    port: '21',
    'frame.protocols': 'eth:ethertype:ip:tcp:ftp',
    'ftp.request.command': command,
    'ftp.request.arg': argument,
  });
const replicate = windows('up', { 'drsuapi.opnum': '3', 'dcerpc.pkt_type': '0' });
const ping = (text: string): FrameFields => ({
  'frame.protocols': 'eth:ethertype:ip:icmp:data',
  'ip.src': CLIENT,
  'ip.dst': SERVER,
  'icmp.type': '8',
  'icmp.code': '0',
  'data.len': String(text.length),
  'data.data': Buffer.from(text, 'latin1').toString('hex'),
});
const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
const heartbeat = (way: 'up' | 'down', length: number, claimed: number): FrameFields =>
  tcp(ACK, {
    way,
    'frame.protocols': 'eth:ethertype:ip:tcp:tls',
    'tcp.len': '90',
    'tcp.payload': `180302${hex(length, 4)}01${hex(claimed, 4)}00`,
  });
const callAt = (seconds: number, n: number): FrameFields[] =>
  handshake({ stream: String(n), 'frame.time_epoch': `${1000 + seconds}.0` });

const found: [string, FrameFields[], [string, string]][] = [
  [
    'a service created from afar',
    [windows('up', { 'svcctl.opnum': '12', 'dcerpc.pkt_type': '0' })],
    ['lateral_movement', 'high'],
  ],
  ['the file of PsExec', [windows('up', { 'smb2.filename': 'PSEXESVC.exe' })], ['lateral_movement', 'high']],
  [
    'a file written to an administrative share',
    [windows('up', { 'smb2.tree': String.raw`\\dc1\ADMIN$`, 'smb2.cmd': '9' })],
    ['lateral_movement', 'medium'],
  ],
  ['replication by a host that is no controller', [replicate], ['dcsync', 'high']],
  [
    'Zerologon',
    [windows('up', { 'netlogon.opnum': '26', 'netlogon.clientcred': '0000000000000000' })],
    ['exploit', 'high'],
  ],
  [
    'the hole of Sasser',
    [windows('up', { 'dssetup.opnum': '9', 'dcerpc.pkt_type': '0' })],
    ['exploit', 'high'],
  ],
  [
    'a password set from afar',
    [windows('up', { 'samr.opnum': '58', 'dcerpc.pkt_type': '0' })],
    ['password_changed', 'medium'],
  ],
  ['a ticket asked for with RC4 alone', [ticketRequest('MSSQLSvc/db', [23])], ['kerberoasting', 'high']],
  ['one ticket with RC4 where the client has AES', [ticket('MSSQLSvc/db', 23)], ['kerberoasting', 'medium']],
  [
    'an encrypting file system told to open a file elsewhere',
    [windows('up', { 'efs.opnum': '0', 'dcerpc.pkt_type': '0' })],
    ['exploit', 'high'],
  ],
  [
    'a printer driver from afar',
    [windows('up', { 'spoolss.opnum': '89', 'dcerpc.pkt_type': '0' })],
    ['exploit', 'medium'],
  ],
  [
    'a password tried on many names of a directory',
    repeat(8, (n) => [
      ldap('up', { 'ldap.name': `cn=user${n}` }),
      ldap('down', { 'ldap.resultCode': '49' }),
    ]).flat(),
    ['password_spray', 'high'],
  ],
  [
    'tickets of many services sealed with RC4',
    repeat(4, (n) => ticket(`HTTP/web${n}`, 23)),
    ['kerberoasting', 'medium'],
  ],
  [
    'a password tried on many names',
    repeat(8, (n) => [
      kerberos('up', { 'kerberos.msg_type': '10', 'kerberos.CNameString': `user${n}` }),
      kerberos('down', { 'kerberos.msg_type': '30', 'kerberos.error_code': '24' }),
    ]).flat(),
    ['password_spray', 'high'],
  ],
  [
    'an FTP server sent to others',
    repeat(5, (n) => ftp('PORT', `10,0,5,5,0,${n + 20}`)),
    ['ftp_bounce', 'high'],
  ],
  [
    'an FTP server sent to others in the long form',
    repeat(5, (n) => ftp('EPRT', `|1|10.0.5.5|${n + 20}|`)),
    ['ftp_bounce', 'high'],
  ],
  [
    'letters in IP identifications',
    repeat(8, (n) => tcp(SYN, { 'ip.id': `0x${(0x41 + n).toString(16)}00`, stream: String(n) })),
    ['covert_channel', 'high'],
  ],
  [
    'text in pings',
    [ping('total 24 drwxr-xr-x root'), ping('-rw-r--r-- notes.txt')],
    ['icmp_tunnel', 'high'],
  ],
  ['a heartbeat that claims more than it carries', [heartbeat('up', 3, 16_384)], ['exploit', 'high']],
  [
    'an answer far longer than its encrypted question',
    [heartbeat('up', 40, 5), heartbeat('down', 16_000, 5)],
    ['exploit', 'high'],
  ],
  ['calls by the clock', repeat(12, (n) => callAt(n * 60 + (n % 3), n)).flat(), ['beaconing', 'low']],
];

const quiet: [string, FrameFields[], string][] = [
  [
    'an old ticket for a file server, whose machine account has a random password',
    [ticket('cifs/files.example', 23)],
    'kerberoasting',
  ],
  [
    'a client that offers RC4 among others',
    [ticketRequest('MSSQLSvc/db', [18, 17, 23, 24, -135])],
    'kerberoasting',
  ],
  [
    'replication between controllers',
    [kerberos('up', { 'tcp.srcport': '88', 'tcp.dstport': '50001' }), replicate],
    'dcsync',
  ],
  [
    'the answer of a service manager',
    [windows('down', { 'svcctl.opnum': '12', 'dcerpc.pkt_type': '2' })],
    'lateral_movement',
  ],
  [
    'a file written to a common share',
    [windows('up', { 'smb2.tree': String.raw`\\files\team`, 'smb2.cmd': '9' })],
    'lateral_movement',
  ],
  [
    'a logon to Netlogon',
    [windows('up', { 'netlogon.opnum': '26', 'netlogon.clientcred': '1f00000000000000' })],
    'exploit',
  ],
  ['what Windows offers by itself', [ticketRequest('cifs/files', [18, 17, 23, 24, -135])], 'kerberoasting'],
  ['one service of a domain that knows only RC4', [ticket('HTTP/old', 23, 23)], 'kerberoasting'],
  ['machines with RC4', repeat(5, (n) => ticket(`HOST${n}$`, 23)), 'kerberoasting'],
  [
    'a client that names itself',
    repeat(5, (n) => ftp('PORT', `${CLIENT.replaceAll('.', ',')},0,${n}`)),
    'ftp_bounce',
  ],
  [
    'random identifications',
    repeat(20, (n) => tcp(SYN, { 'ip.id': `0x${(n * 2_777 + 4_099).toString(16)}`, stream: String(n) })),
    'covert_channel',
  ],
  ['pings of Windows', repeat(4, () => ping('abcdefghijklmnopqrstuvwabcdefghi')), 'icmp_tunnel'],
  ['heartbeats of equal length', [heartbeat('up', 61, 42), heartbeat('down', 61, 42)], 'exploit'],
  ['connections of a page', repeat(12, (n) => callAt(n * 0.1, n)).flat(), 'beaconing'],
  ['calls at odd times', repeat(12, (n) => callAt(n * n * 7 + (n % 5) * 30, n)).flat(), 'beaconing'],
];

describe('the detectors of attacks on Windows networks and hidden channels', () => {
  it.each(found)('find %s', (_, frames, [kind, severity]) => {
    const findings = findingsOf(frames).filter((finding) => finding.kind === kind);

    expect(findings.map((finding) => [finding.kind, finding.severity])).toEqual([[kind, severity]]);
  });

  it.each(quiet)('stay silent about %s', (_, frames, kind) => {
    expect(findingsOf(frames).filter((finding) => finding.kind === kind)).toEqual([]);
  });
});
