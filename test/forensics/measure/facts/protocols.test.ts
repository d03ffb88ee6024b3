import { describe, expect, it } from 'vitest';
import { arp, CLIENT, factsFrom, http, MAC_A, MAC_B, repeat, SERVER, tcp, tls } from '../packets.ts';

const SEVERAL = '\u001e';
const list = (...values: string[]) => values.join(SEVERAL);
const HELLO = {
  'tls.handshake.type': '1',
  'tls.handshake.version': '0x0303',
  'tls.handshake.extensions.supported_version': list('0x0a0a', '0x0304', '0x0303'),
  'tls.handshake.ciphersuite': list('0x1301', '0x1302', '0xc02f'),
  'tls.handshake.extension.type': list('0', '10', '11', '13', '16', '43'),
  'tls.handshake.extensions_supported_group': list('29', '23'),
  'tls.handshake.extensions_ec_point_format': '0',
  'tls.handshake.sig_hash_alg': list('0x0403', '0x0804'),
  'tls.handshake.sig_hash_alg_len': '4',
  'tls.handshake.extensions_alpn_str': list('h2', 'http/1.1'),
  'tls.handshake.extensions_server_name': 'www.example',
};

describe('facts of TLS', () => {
  it('tells what was offered and chosen, and names the client program by JA3 and JA4', () => {
    const { tls: facts } = factsFrom([
      tls('up', HELLO),
      tls('down', {
        'tls.handshake.type': '2',
        'tls.handshake.version': '0x0303',
        'tls.handshake.extensions.supported_version': '0x0304',
        'tls.handshake.ciphersuite': '0x1301',
      }),
      tls('down', { 'tls.alert_message.level': '2', 'tls.alert_message.desc': '40' }),
    ]);

    expect(facts).toMatchObject({
      clientHellos: 1,
      serverHellos: 1,
      offered: { shown: [{ name: 'TLS 1.3', count: 1 }] },
      chosen: { shown: [{ name: 'TLS 1.3', count: 1 }] },
      ciphers: { shown: [{ name: 'TLS_AES_128_GCM_SHA256' }] },
      names: { total: 1, shown: [{ name: 'www.example', hellos: 1, servers: 1 }] },
      alerts: { shown: [{ name: 'handshake_failure', count: 1 }] },
    });
    expect(facts?.ja4.shown[0]?.value).toMatch(/^t13d0306h2_[\da-f]{12}_[\da-f]{12}$/);
    expect(facts?.ja3.shown[0]?.value).toMatch(/^[\da-f]{32}$/);
  });

  it('gives the same JA4, and another JA3, where a client shuffles its extensions', () => {
    const shuffled = { ...HELLO, 'tls.handshake.extension.type': list('43', '16', '13', '11', '10', '0') };
    const { tls: facts } = factsFrom([tls('up', HELLO), tls('up', shuffled)]);

    expect(facts?.ja4).toMatchObject({ total: 1, shown: [{ hellos: 2, clients: 1 }] });
    expect(facts?.ja3.total).toBe(2);
  });

  it('tells of hellos in QUIC, and of its versions', () => {
    const { quic, tls: facts } = factsFrom([
      { ...tls('up', HELLO), 'frame.protocols': 'eth:ethertype:ip:udp:quic', 'quic.version': '0x00000001' },
    ]);

    expect(quic).toEqual({ clientHellos: 1, versions: { total: 1, shown: [{ name: '0x1', count: 1 }] } });
    expect(facts?.ja4.shown[0]?.value).toMatch(/^q13d/);
  });

  it('is null where there was none', () => {
    expect(factsFrom([tcp('0x0010')])).toMatchObject({
      tls: null,
      quic: null,
      http: null,
      wifi: null,
      voice: null,
    });
  });
});

describe('facts of HTTP', () => {
  it('counts methods, classes and hosts, and times answers', () => {
    const asked = { 'http.request.method': 'GET', 'http.host': 'Www.Example', 'frame.time_epoch': '1.0' };
    const { http: facts } = factsFrom([
      http('up', asked),
      http('down', { 'http.response.code': '404', 'frame.time_epoch': '1.25' }),
    ]);

    expect(facts).toMatchObject({
      requests: 1,
      responses: 1,
      statusClasses: { '2xx': 0, '4xx': 1 },
      hosts: { shown: [{ name: 'www.example', count: 1 }] },
      latency: { samples: 1, p50Ms: 250 },
    });
  });

  it('bounds the names that hostile traffic makes', () => {
    const { http: facts } = factsFrom(
      repeat(300, (index) =>
        http('up', { 'http.request.method': 'GET', 'http.host': `${'x'.repeat(300)}${index}` }),
      ),
    );

    expect(facts?.hosts.shown.length).toBeLessThanOrEqual(20);
    expect(Math.max(...(facts?.hosts.shown ?? []).map(({ name }) => name.length))).toBeLessThanOrEqual(120);
  });
});

describe('facts of the local network', () => {
  it('tells who claims one address twice, and what DHCP servers said', () => {
    const dhcp = { 'frame.protocols': 'eth:ethertype:ip:udp:dhcp', 'ip.src': SERVER, 'ip.dst': CLIENT };
    const facts = factsFrom([
      arp(MAC_A, CLIENT, '2', SERVER),
      arp(MAC_B, CLIENT, '2', SERVER),
      arp(MAC_A, SERVER, '1', CLIENT),
      { ...dhcp, 'dhcp.option.dhcp': '2' },
      { ...dhcp, 'dhcp.option.dhcp': '6' },
    ]);

    expect(facts.resolution).toMatchObject({
      arpRequests: 1,
      arpReplies: 2,
      conflicts: { total: 1, shown: [{ address: CLIENT, macs: [MAC_A, MAC_B] }] },
    });
    expect(facts.dhcp?.servers.shown).toEqual([
      { server: SERVER, offers: 1, acknowledgements: 0, refusals: 1 },
    ]);
  });

  it('tells what ICMP errors are about', () => {
    const error = {
      'frame.protocols': 'eth:ethertype:ip:icmp:ip:udp:dns',
      'ip.src': list('10.0.0.1', CLIENT),
      'ip.dst': list(CLIENT, '8.8.8.8'),
      'icmp.type': '3',
      'icmp.code': '13',
      'udp.dstport': '53',
    };

    expect(factsFrom([error, error]).icmp?.errors.shown).toEqual([
      {
        sort: 'icmp 3/13',
        reporter: '10.0.0.1',
        told: CLIENT,
        originalTarget: '8.8.8.8',
        originalProtocol: 'udp',
        originalPort: 53,
        messages: 2,
      },
    ]);
  });
});

describe('facts of services', () => {
  it('tells logins without ever keeping a secret', () => {
    const ftp = { 'frame.protocols': 'eth:ethertype:ip:tcp:ftp', port: '21' };
    const facts = factsFrom([
      tcp('0x0018', { ...ftp, 'ftp.request.command': 'PASS', 'ftp.request.arg': 'hunter2' }),
      tcp('0x0018', { ...ftp, way: 'down', 'ftp.response.code': '530' }),
      tcp('0x0018', { ...ftp, way: 'down', 'ftp.response.code': '230' }),
      tcp('0x0018', {
        'frame.protocols': 'eth:ethertype:ip:tcp:ssh',
        way: 'down',
        port: '22',
        stream: '1',
        'ssh.protocol': 'SSH-2.0-OpenSSH_9.6',
      }),
    ]);

    expect(facts.logins).toMatchObject({
      secrets: { shown: [{ protocol: 'FTP', client: CLIENT, server: SERVER, count: 1 }] },
      refused: { shown: [{ protocol: 'FTP', count: 1 }] },
      accepted: { shown: [{ protocol: 'FTP', count: 1 }] },
      ssh: { shown: [{ connections: 1, serverSoftware: 'SSH-2.0-OpenSSH_9.6', clientSoftware: null }] },
    });
    expect(JSON.stringify(facts)).not.toContain('hunter2');
  });

  it('names what servers of Windows networks answered', () => {
    const facts = factsFrom([
      tcp('0x0018', {
        'frame.protocols': 'eth:ethertype:ip:tcp:nbss:smb2',
        way: 'down',
        'smb2.nt_status': list('0x00000000', '0xc000006d'),
      }),
      tcp('0x0018', {
        'frame.protocols': 'eth:ethertype:ip:tcp:kerberos',
        way: 'down',
        port: '88',
        'kerberos.error_code': '37',
      }),
    ]);

    expect(facts.windows?.outcomes.shown.map(({ result }) => result)).toEqual([
      'STATUS_SUCCESS',
      'STATUS_LOGON_FAILURE',
      'KRB_AP_ERR_SKEW',
    ]);
  });

  it('names access points by what their beacons say, and counts who they are heard with', () => {
    const beacon = {
      'frame.protocols': 'radiotap:wlan_radio:wlan',
      'wlan.fc.type_subtype': '0x0008',
      'wlan.sa': MAC_A,
      'wlan.da': 'ff:ff:ff:ff:ff:ff',
      'wlan.bssid': MAC_A,
    };
    const facts = factsFrom([
      { ...beacon, 'wlan.ssid': Buffer.from('Café').toString('hex') },
      { ...beacon, 'wlan.sa': MAC_B, 'wlan.da': MAC_A, 'wlan.fc.type_subtype': '0x0020' },
    ]);

    expect(facts.wifi?.networks.shown).toEqual([
      { bssid: MAC_A, ssid: 'Café', frames: 2, beacons: 1, stations: 1, deauthentications: 0 },
    ]);
  });

  it('tells which function codes an industrial client sends', () => {
    const modbus = { 'frame.protocols': 'eth:ethertype:ip:tcp:mbtcp:modbus', port: '502' };
    const facts = factsFrom([
      tcp('0x0018', { ...modbus, 'modbus.func_code': '3' }),
      tcp('0x0018', { ...modbus, way: 'down', 'modbus.func_code': '3' }),
      tcp('0x0018', { ...modbus, 'modbus.func_code': '16' }),
    ]);

    expect(facts.industrial?.talks.shown).toEqual([
      {
        protocol: 'Modbus',
        client: CLIENT,
        server: SERVER,
        packets: 3,
        functions: {
          total: 2,
          shown: [
            { name: '16', count: 1 },
            { name: '3', count: 1 },
          ],
        },
      },
    ]);
  });
});
