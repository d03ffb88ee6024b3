import type { FieldName } from '../../../src/forensics/measure/fields.ts';

/**
 * In how many of the corpus's 50,000 packets a field of ours may say something else than tshark 4.0 (this machine's) and
 * tshark 4.4 (the image's), and why. What is not named must be equal in every packet, the marks of tcp.analysis too.
 */
export const DIFFERENCES: readonly [
  most: number,
  most44: number,
  because: string,
  fields: readonly FieldName[],
][] = [
  [
    40,
    40,
    'Link types that are only counted (SLIP, netlink), MPLS stacks without end, damaged type fields.',
    ['frame.protocols', 'eth.src', 'eth.dst'],
  ],
  [1, 1, 'A header that is cut off within its first bytes.', ['tcp.srcport', 'tcp.dstport', 'ip.hdr_len']],
  [
    1,
    1,
    'A header of version 6 behind the EtherType of IPv4.',
    ['ipv6.src', 'ipv6.dst', 'ipv6.hlim', 'ipv6.fraghdr.ident'],
  ],
  [19, 19, 'Lengths that segmentation offload leaves at 0, for which tshark prints its own.', ['ip.len']],
  [
    40,
    40,
    'A call that SIP has announced takes in damaged ports, which moves the numbers behind it.',
    ['udp.stream'],
  ],
  [5, 5, 'Told of quoted headers too by tshark.', ['tcp.options.mss_val']],
  [
    257,
    257,
    'Told of every packet behind the handshake; tshark leaves some out.',
    ['tcp.analysis.initial_rtt'],
  ],
  [0, 4, '4.4 begins a new connection with a SYN behind a reset.', ['tcp.stream']],
  [0, 2, 'The same SYN, which is sent again for 4.0.', ['tcp.analysis.retransmission']],
  [
    0,
    6,
    '4.4 has other rules for acknowledgements of what was not seen, and of duplicates; ours are those of 4.0.',
    ['tcp.analysis.ack_lost_segment', 'tcp.analysis.duplicate_ack_num'],
  ],
  [
    25,
    25,
    'SSDP, which is HTTP over UDP; and a message with a missing segment, which tshark tells in a later packet.',
    ['http.request.method', 'http.host', 'http.response.code'],
  ],
  [
    25,
    1500,
    'The same; 4.4 repeats the request with its response, and escapes backslashes.',
    ['http.request.uri'],
  ],
  [2, 2, 'A form in a message with a missing segment.', ['urlencoded-form.key']],
  [10, 10, 'Quoted datagrams, and such as are longer than their packet.', ['udp.payload']],
  [1, 1, 'ATM ARP.', ['arp.opcode']],
  [152, 152, 'Damaged ARP whose hardware is not Ethernet.', ['arp.src.hw_mac']],
  [13, 13, 'Damaged ARP whose protocol is not IPv4.', ['arp.src.proto_ipv4', 'arp.dst.proto_ipv4']],
  [
    13,
    13,
    'Quoted messages, and such as are shorter than their header.',
    ['dns.id', 'dns.flags', 'dns.count.queries'],
  ],
  [
    51,
    52,
    'Damaged names, bytes beyond ASCII, quoted messages.',
    ['dns.qry.name', 'dns.qry.type', 'dns.resp.name', 'dns.ptr.domain_name'],
  ],
  [
    970,
    1040,
    'Payloads of protocols that we do not know are data to us, and what follows a message is to tshark.',
    ['data.len'],
  ],
  [3170, 3170, 'Told of pings only.', ['data.data']],
  [1, 1, 'A reply to a damaged port.', ['ftp.response.code']],
  [8, 8, 'The client identifier of option 61 beside the hardware address.', ['dhcp.hw.mac_addr']],
  [
    8,
    8,
    'SSL 2 behind its hello.',
    ['tls.record.version', 'tls.handshake.type', 'tls.handshake.certificate'],
  ],
  [
    14,
    14,
    'What a server asks of the certificate of a client.',
    ['tls.handshake.sig_hash_alg', 'tls.handshake.sig_hash_alg_len'],
  ],
  [11, 11, 'Dates of OCSP answers.', ['x509af.utcTime']],
  [1, 1, 'A reply of several lines, which tshark tells once.', ['smtp.response.code']],
];

/** Fields that only tshark fills: of what our own reader does not look into. */
export const LEFT_TO_TSHARK =
  /^(sip|rtp|rtcp|bgp|ospf|rip|eigrp|vrrp|glbp|hsrp2|ntlmssp|nbns|smb2?|kerberos|dcerpc|svcctl|browser|netlogon|samr|drsuapi|atsvc|dssetup|enip|cip|s7comm|dnp3|iec60870_asdu|bacapp|pn_dcp|omron|ocsp|wlan_rsna_eapol|eap|ssh|quic|dhcpv6|mysql|pgsql|tds|radius|pap|chap|socks|_ws)[.]|^icmpv6[.](opt|nd)[.]|^(http[.]authorization|modbus[.]diagnostic_code|wlan[.]ssid|wlan[.]wep[.]iv|imap[.]response.*|pop[.]response.*)$/;
