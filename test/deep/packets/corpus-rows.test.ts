import { globSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import type { FieldName } from '../../../src/forensics/measure/fields.ts';
import { compare, disagreement, ownRows, tsharkRows, type Agreement } from '../../packets/rows.ts';

const folder = resolve(process.env['CAPWRIGHT_CORPUS'] ?? '../shared/corpus', 'files');
const captures = globSync('*/*cap*', { cwd: folder }).toSorted();
if (captures.length === 0)
  process.stderr.write('NOT TESTED: no corpus of captures; set CAPWRIGHT_CORPUS to its folder.\n');

/** Shares of packets with the field where we may say something else, and why. Whatever is not named must be equal. */
const TOLERANCE: Partial<Record<FieldName, number>> = {
  // Link types that are only counted (SLIP, netlink), pseudowires in MPLS, IP fragments put together.
  'frame.protocols': 0.002,
  'eth.src': 0.0001,
  'eth.dst': 0.0001,
  // tshark looks into the packets that ICMP errors quote; and counts them, so that later numbers differ.
  'ipv6.src': 0.0005,
  'ipv6.dst': 0.0005,
  'icmpv6.type': 0.002,
  'icmpv6.code': 0.002,
  'tcp.stream': 0.0005,
  'tcp.srcport': 0.0005,
  'tcp.dstport': 0.0005,
  'tcp.flags': 0.0005,
  'tcp.seq_raw': 0.0005,
  'tcp.ack_raw': 0.0005,
  'tcp.checksum': 0.0005,
  'tcp.window_size_value': 0.0005,
  'udp.stream': 0.005,
  'udp.srcport': 0.001,
  'udp.dstport': 0.001,
  // Lengths that segmentation offload leaves at 0, headers that are cut off, and quoted datagrams.
  'ip.len': 0.001,
  'ip.hdr_len': 0.0001,
  'ipv6.hlim': 0.0005,
  'icmpv6.echo.sequence_number': 0.002,
  'tcp.urgent_pointer': 0.0005,
  'udp.length': 0.001,
  'udp.checksum': 0.001,
  // Repeated on every packet behind the handshake; tshark leaves some out.
  'tcp.analysis.initial_rtt': 0.02,
  // Damaged ARP packets whose hardware or address type is neither Ethernet nor IPv4.
  'arp.opcode': 0.001,
  'arp.src.hw_mac': 0.05,
  'arp.src.proto_ipv4': 0.005,
  'arp.dst.proto_ipv4': 0.005,
  // The client identifier of option 61 beside the hardware address.
  'dhcp.hw.mac_addr': 0.002,
  // Quoted queries, damaged names, bytes beyond ASCII, and more than 16 questions.
  'dns.id': 0.01,
  'dns.flags': 0.01,
  'dns.qry.name': 0.04,
  'dns.qry.type': 0.02,
  // SSDP, which is HTTP over UDP; and messages with a missing segment, which tshark may tell in a later packet.
  'http.request.method': 0.02,
  'http.request.uri': 0.02,
  'http.response.code': 0.01,
  'urlencoded-form.key': 0.06,
  // A reply with a damaged port; answers of several lines, which tshark tells once.
  'ftp.response.code': 0.04,
  'smtp.response.code': 0.2,
  // SSL 2 behind its hello.
  'tls.record.version': 0.02,
  'tls.handshake.type': 0.03,
  // Dates of OCSP answers, and of certificates inside SSL 2.
  'x509af.utcTime': 0.5,
  // Payloads of protocols that we do not know are data to us.
  'data.len': 0.2,
};

/** Fields that only tshark fills. */
const LEFT_TO_TSHARK =
  /^(sip|rtp|rtcp|bgp|ospf|rip|eigrp|vrrp|glbp|hsrp2)[.]|^ipv6[.](fraghdr|reassembled)[.]/;

it.runIf(captures.length > 0)('says on the corpus what tshark says, within the tolerance', async () => {
  const agreement = new Map<FieldName, Agreement>();

  for (const capture of captures) {
    const path = join(folder, capture);
    const [ours, theirs] = [ownRows(path), await tsharkRows(path)];
    expect(ours.length, capture).toBe(theirs.length);
    compare(ours, theirs, agreement);
  }

  const filled = [...agreement].filter(([field]) => !LEFT_TO_TSHARK.test(field));
  const beyond = filled.filter(([field, counts]) => disagreement(counts) > (TOLERANCE[field] ?? 0));
  expect(beyond).toEqual([]);
});
