import { describe, expect, it } from 'vitest';
import { certificate, type CertificateParts } from './certificate.ts';
import {
  ACK,
  CLIENT,
  dns,
  findingsOf,
  handshake,
  http,
  MAC_A,
  MAC_B,
  repeat,
  SERVER,
  tcp,
  tls,
  type FrameFields,
} from './packets.ts';

const LEAF: CertificateParts = {
  subject: 'shop.example',
  issuer: 'A CA',
  dnsNames: ['shop.example', '*.shop.example'],
};
const INTERMEDIATE: CertificateParts = { subject: 'A CA', issuer: 'A Root' };
/** A client asks for a name and is shown certificates. */
const shown = (name: string, ...chain: CertificateParts[]): FrameFields[] => [
  tls('up', { 'tls.handshake.type': '1', 'tls.handshake.extensions_server_name': name }),
  tls('down', {
    'tls.handshake.type': '11',
    'tls.handshake.certificate': chain.map(certificate).join('\u001e'),
  }),
];
const wifi = (type: string, sender: string, receiver: string, fields: FrameFields = {}): FrameFields => ({
  'frame.protocols': 'radiotap:wlan',
  'wlan.sa': sender,
  'wlan.da': receiver,
  'wlan.bssid': MAC_A,
  'wlan.ta': sender,
  'wlan.flags': '0x00',
  'wlan.fc.type_subtype': type,
  ...fields,
});
const wep = (vector: number): FrameFields =>
  wifi('0x0020', MAC_B, MAC_A, { 'wlan.wep.iv': `0x${vector.toString(16)}` });
const key = (message: string): FrameFields =>
  wifi('0x0028', message === '1' ? MAC_A : MAC_B, message === '1' ? MAC_B : MAC_A, {
    'wlan_rsna_eapol.keydes.msgnr': message,
  });
const ics = (layers: string, port: string, way: 'up' | 'down', fields: FrameFields): FrameFields =>
  tcp(ACK, { way, port, 'frame.protocols': `eth:ethertype:ip:tcp:${layers}`, 'tcp.len': '20', ...fields });
const said = (port: string, words: string, stream = '0'): FrameFields[] => [
  ...handshake({ port, stream }),
  tcp(ACK, {
    way: 'down',
    port,
    stream,
    'tcp.len': String(words.length),
    'tcp.payload': Buffer.from(words, 'latin1').toString('hex'),
  }),
];
const answer = (body: string): FrameFields =>
  http('down', {
    'http.response.code': '200',
    'tcp.payload': Buffer.from(`HTTP/1.1 200 OK\r\n\r\n${body}`).toString('hex'),
  });
const lookup = (name: string, rcode: string, id: number): FrameFields[] => [
  dns(id, '0x0100', { 'dns.qry.name': name }),
  dns(id, `0x818${rcode}`, { 'dns.qry.name': name }),
];
/** Letters that no person would put in this order, the same in every run. */
const drawn = (n: number): string =>
  repeat(11, (at) => String.fromCharCode(97 + ((n * 7919 + at * at * 104_729 + at * 31 * n) % 26))).join('');

/** Frames, and what must be found in them: kind, severity, count. */
const found: [string, FrameFields[], [string, string, number]][] = [
  [
    'a certificate for another name',
    shown('a.b.shop.example', LEAF, INTERMEDIATE),
    ['tls_cert_name_mismatch', 'medium', 1],
  ],
  [
    'a self-signed certificate',
    shown('nas', { subject: 'nas', issuer: 'nas' }),
    ['tls_cert_self_signed', 'medium', 1],
  ],
  [
    'a missing intermediate',
    shown('shop.example', { ...LEAF, tellsIssuerPlace: true }),
    ['tls_cert_chain_incomplete', 'medium', 1],
  ],
  [
    'a curve written out',
    shown('shop.example', LEAF, { ...INTERMEDIATE, explicitCurve: true }),
    ['tls_cert_spoofed', 'high', 1],
  ],
  [
    'a zero byte in a name',
    shown('x', { ...LEAF, dnsNames: ['bank.example\0.evil.example'] }),
    ['tls_cert_spoofed', 'high', 1],
  ],
  [
    'a revoked certificate',
    [http('down', { 'ocsp.certStatus': '0\u001e1' })],
    ['tls_cert_revoked', 'medium', 1],
  ],
  [
    'handshakes with a wrong Wi-Fi password',
    ['1', '2', '1', '2'].map(key),
    ['wifi_auth_failure', 'medium', 4],
  ],
  [
    'a refused WEP key',
    [wifi('0x000b', MAC_A, MAC_B, { 'wlan.fixed.status_code': '0x000f' })],
    ['wifi_auth_failure', 'medium', 1],
  ],
  ['one deauthentication', [wifi('0x000c', MAC_A, MAC_B)], ['wifi_deauth', 'low', 1]],
  [
    'a flood of deauthentications',
    repeat(20, (n) =>
      wifi('0x000c', n % 2 === 0 ? MAC_A : MAC_B, n % 2 === 0 ? MAC_B : MAC_A, {
        'frame.time_epoch': `${1000 + n / 10}`,
      }),
    ),
    ['wifi_deauth_attack', 'high', 20],
  ],
  ['a WEP frame sent again and again', repeat(60, () => wep(0x01_02_03)), ['wifi_wep_attack', 'high', 60]],
  [
    'a stopped S7 controller',
    [ics('tpkt:cotp:s7comm', '102', 'up', { 's7comm.header.rosctr': '1', 's7comm.param.func': '0x29' })],
    ['ics_unauthorized_command', 'high', 1],
  ],
  [
    'new firmware by CIP',
    [ics('enip:cip', '44818', 'up', { 'cip.rr': '0x00', 'cip.sc': '0x4d', 'cip.class': '0xa1' })],
    ['ics_unauthorized_command', 'high', 1],
  ],
  [
    'ordinary writes by Modbus',
    repeat(3, () => ics('mbtcp:modbus', '502', 'up', { 'modbus.func_code': '6' })),
    ['ics_unauthorized_command', 'low', 3],
  ],
  [
    'refusals of a DNP3 device',
    repeat(12, () => ics('dnp3', '20000', 'down', { 'dnp3.al.iin': '0x8001' })),
    ['ics_exception', 'medium', 12],
  ],
  [
    'a broken Modbus request',
    [ics('mbtcp:modbus', '502', 'up', { '_ws.malformed': '[Malformed Packet: Modbus]' })],
    ['ics_malformed', 'medium', 1],
  ],
  ['FTP on the port of TLS', said('443', '220-Welcome to the server'), ['protocol_mismatch', 'medium', 1]],
  ['SSH on the port of HTTP', said('80', 'SSH-2.0-OpenSSH_9.6'), ['protocol_mismatch', 'medium', 1]],
  [
    'a password on a foreign port',
    [tcp(ACK, { 'tcp.len': '12', 'tcp.payload': Buffer.from('PASS S3CRET\r\n').toString('hex') })],
    ['cleartext_credentials', 'medium', 1],
  ],
  ['generated names', repeat(25, (n) => lookup(`${drawn(n + 1)}.com`, '3', n)).flat(), ['dga', 'high', 25]],
  [
    'two answers that contradict each other',
    [
      dns(1, '0x0100'),
      dns(1, '0x8180', { 'dns.a': '10.0.0.66' }),
      dns(1, '0x8180', { 'dns.a': '93.184.216.34' }),
    ],
    ['dns_hijack', 'high', 2],
  ],
  [
    'one private address for everything',
    repeat(4, (n) => dns(n, '0x8180', { 'dns.qry.name': `www.site${n}.com`, 'dns.a': '10.0.0.66' })),
    ['dns_hijack', 'medium', 4],
  ],
  [
    'a DNS message with two questions',
    [dns(1, '0x0100', { 'dns.count.queries': '2' })],
    ['dns_malformed', 'medium', 1],
  ],
  [
    'a refusal behind HTTP 200',
    [answer('INVALIDPASSWORDID|Password or key incorrect')],
    ['auth_failure', 'medium', 1],
  ],
  [
    'a refused Windows logon',
    [
      tcp(ACK, {
        way: 'down',
        port: '445',
        'frame.protocols': 'eth:ethertype:ip:tcp:nbss:smb2',
        'smb2.cmd': '1',
        'smb2.nt_status': '0xc000006d',
      }),
    ],
    ['auth_failure', 'medium', 1],
  ],
];

describe('the detectors of what protocols say themselves', () => {
  it.each(found)('find %s', (_, frames, [kind, severity, count]) => {
    expect(findingsOf(frames)).toContainEqual(expect.objectContaining({ kind, severity, count }));
  });

  const quiet: [string, FrameFields[], RegExp][] = [
    [
      'a certificate that covers the name by a wildcard',
      shown('WWW.shop.example', LEAF, INTERMEDIATE),
      /^tls_cert/,
    ],
    ['a private authority that sends no chain', shown('shop.example', LEAF), /^tls_cert/],
    [
      'certificates that are cut',
      [
        tls('down', {
          'tls.handshake.type': '11',
          'tls.handshake.certificate': certificate(LEAF).slice(0, 90),
        }),
      ],
      /^tls_cert/,
    ],
    ['a handshake that gets through', ['1', '2', '3', '4', '1', '2', '3'].map(key), /^wifi/],
    [
      'the radio that repeats a deauthentication',
      repeat(30, () => wifi('0x000c', MAC_A, MAC_B, { 'wlan.flags': '0x08' })),
      /^wifi_deauth_attack/,
    ],
    ['WEP in normal use', repeat(200, wep), /^wifi_wep/],
    [
      'readings by Modbus',
      repeat(50, () => ics('mbtcp:modbus', '502', 'up', { 'modbus.func_code': '3' })),
      /^ics/,
    ],
    [
      'a tunnel through an HTTP proxy',
      [
        ...said('80', 'HTTP/1.1 200 OK'),
        tcp(ACK, { way: 'down', port: '80', 'tcp.len': '9', 'tcp.payload': '160303002a02000026' }),
      ],
      /^protocol_mismatch/,
    ],
    ['a banner in the middle of a connection', said('25', '220 mail ESMTP'), /^protocol_mismatch/],
    [
      'block lists that say no',
      repeat(60, (n) => lookup(`${n}.2.0.192.zen.blocklist.org`, '3', n)).flat(),
      /^dga/,
    ],
    [
      'people’s typing errors',
      repeat(30, (n) =>
        lookup(`${['gogle', 'facebok', 'weather', 'garden', 'holiday'][n % 5]}shop${n}.com`, '3', n),
      ).flat(),
      /^dga/,
    ],
    [
      'a query sent again and answered twice',
      [
        dns(1, '0x0100'),
        dns(1, '0x0100'),
        dns(1, '0x8180', { 'dns.a': '192.0.2.1' }),
        dns(1, '0x8180', { 'dns.a': '192.0.2.2' }),
      ],
      /^dns_hijack/,
    ],
    [
      'a page with a login form',
      [answer('<form>Wrong password? <input name=password></form>')],
      /^auth_failure/,
    ],
  ];

  it.each(quiet)('stay silent about %s', (_, frames, kinds) => {
    expect(findingsOf(frames).filter(({ kind }) => kinds.test(kind))).toEqual([]);
  });

  it('tell a probe of every function as refusals, and not as many grave commands', () => {
    const frames = repeat(60, (n) => [
      ics('mbtcp:modbus', '502', 'up', { 'modbus.func_code': String(n + 1) }),
      ics('mbtcp:modbus', '502', 'down', { 'modbus.func_code': String(n + 1), 'modbus.exception_code': '1' }),
    ]).flat();

    const grave = findingsOf(frames).filter(({ severity }) => severity !== 'low' && severity !== 'info');

    expect(grave.map(({ kind }) => kind)).toEqual(['ics_exception']);
  });

  it('let no packet text into a filter', () => {
    const evil = 'x" || frame || dns.qry.name == "y.com';
    const frames = [...lookup(evil, '3', 1), dns(2, '0x8180', { 'dns.qry.name': evil, 'dns.a': '10.0.0.1' })];

    const filters = findingsOf([...frames, ...shown(evil, { ...LEAF, dnsNames: [evil] })]).map(
      ({ filter }) => filter,
    );

    expect(filters.join('\n')).not.toContain('y.com');
    expect([CLIENT, SERVER].some((host) => filters.join().includes(host))).toBe(true);
  });
});
