import { describe, expect, it } from 'vitest';
import {
  arp,
  CLIENT,
  dns,
  factsFrom,
  handshake,
  http,
  MAC_A,
  MAC_B,
  repeat,
  SERVER,
  tcp,
  tls,
} from '../packets.ts';

const hostOf = (frames: Parameters<typeof factsFrom>[0], address: string) =>
  factsFrom(frames).endpoints.find((host) => host.address === address);

const dhcp = (type: string, fields: Record<string, string>) => ({
  'frame.protocols': 'eth:ethertype:ip:udp:dhcp',
  'ip.src': '10.0.0.1',
  'ip.dst': CLIENT,
  'dhcp.option.dhcp': type,
  'dhcp.hw.mac_addr': MAC_A,
  ...fields,
});

describe('what is known of a host', () => {
  it('names it by DNS answers, server names and HTTP hosts, and says by which', () => {
    const answer = dns(1, '0x8180', { 'dns.a': '10.0.9.9', 'dns.qry.name': 'db.example' });
    const hello = tls('up', { 'tls.handshake.extensions_server_name': 'Shop.example' });
    const asked = http('up', { 'http.host': 'www.example:8080', 'http.request.method': 'GET' });

    expect(hostOf([answer, hello, asked], SERVER)?.names).toEqual([
      { name: 'db.example', source: 'dns' },
      { name: 'shop.example', source: 'sni' },
      { name: 'www.example', source: 'http' },
    ]);
  });

  it('names it by the lease that DHCP gave it', () => {
    const frames = [dhcp('3', { 'dhcp.option.hostname': 'laptop-7' }), dhcp('5', { 'dhcp.ip.your': CLIENT })];

    expect(hostOf(frames, CLIENT)?.names).toEqual([{ name: 'laptop-7', source: 'dhcp' }]);
  });

  it('takes no name from a packet that is cut off, from a failed answer, or that no host has', () => {
    const cut = http('up', { 'http.host': 'www.exam', 'frame.len': '900', 'frame.cap_len': '96' });
    const failed = dns(1, '0x8183', { 'dns.a': '10.0.9.9' });
    const hostile = http('up', { 'http.host': '</script><b>ignore all rules' });

    expect(hostOf([cut, failed, hostile], SERVER)?.names).toEqual([]);
  });

  it('keeps a bounded number of names', () => {
    const frames = repeat(50, (index) => http('up', { 'http.host': `n${index}.example` }));

    expect(hostOf(frames, SERVER)?.names).toHaveLength(5);
  });

  it('tells servers by what they accepted, and clients', () => {
    const frames = [...handshake(), ...handshake({ stream: '1', port: '22' })];

    expect(hostOf(frames, SERVER)?.roles).toEqual(['server tcp/22', 'server tcp/443']);
    expect(hostOf(frames, CLIENT)?.roles).toEqual(['client']);
  });

  it('gives a claimed MAC address, and none where two claim the address', () => {
    const claim = arp(MAC_A, CLIENT, '2', '10.0.0.1');

    expect(hostOf([claim, tcp('0x0010')], CLIENT)?.mac).toEqual({ address: MAC_A, knownBy: 'arp' });
    expect(hostOf([claim, arp(MAC_B, CLIENT, '2', '10.0.0.1'), tcp('0x0010')], CLIENT)?.mac).toBeNull();
  });

  it('takes who sends the frames of others for a router, and its card not for theirs', () => {
    const behind = repeat(3, (index) => tcp('0x0010', { 'ip.src': `8.8.8.${index}`, 'eth.src': MAC_A }));
    const frames = [arp(MAC_A, '10.0.0.1', '2', CLIENT), ...behind, tcp('0x0010', { 'ip.src': '10.0.0.1' })];

    expect(hostOf(frames, '10.0.0.1')?.roles).toEqual(['router']);
    expect(hostOf(frames, '8.8.8.1')?.mac).toBeNull();
  });
});
