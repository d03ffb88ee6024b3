import type { FindingKind } from '../../../domain/finding-kinds.ts';

/** Kinds of findings that rest on the same packets, and what they need to be judged. */
export interface CoverageGroup {
  group: string;
  kinds: readonly FindingKind[];
  /** A packet with one of these layers could show it; empty: any packet could. */
  layers: readonly string[];
  /** Whether it shows in what packets carry, which a short snap length cuts off. */
  needsPayload?: boolean;
  /** Whether encryption hides it, so that silence says little. */
  hiddenByTls?: boolean;
  /** Whether repeated, missing or one-sided recordings fake or hide it. */
  needsWholeStreams?: boolean;
  /** Whether a filter on hosts or ports hides it. */
  needsAllTraffic?: boolean;
  /** Whether only tshark reads these protocols. */
  needsTshark?: boolean;
  /** Seconds of traffic below which it cannot show. */
  needsSeconds?: number;
}

/** Every kind of finding is in exactly one of them. */
export const COVERAGE_GROUPS: readonly CoverageGroup[] = [
  {
    group: 'The recording itself',
    kinds: ['capture_gap', 'one_sided_capture', 'duplicate_frames'],
    layers: ['tcp'],
  },
  {
    group: 'TCP transfer',
    kinds: [
      'tcp_retransmission',
      'tcp_fast_retransmission',
      'tcp_duplicate_ack',
      'tcp_zero_window',
      'tcp_window_full',
      'tcp_stall',
      'tcp_reset',
    ],
    layers: ['tcp'],
    needsWholeStreams: true,
  },
  {
    group: 'TCP connection set-up',
    kinds: ['tcp_connect_timeout', 'tcp_connection_refused'],
    layers: ['tcp'],
  },
  {
    group: 'Loss and delay',
    kinds: [
      'packet_loss',
      'high_latency_network',
      'high_latency_server',
      'high_latency_client',
      'traceroute_loss',
    ],
    layers: ['tcp', 'icmp', 'icmpv6', 'udp'],
    needsWholeStreams: true,
  },
  {
    group: 'IP, ICMP and MTU',
    kinds: [
      'mtu_fragmentation_needed',
      'fragment_flood',
      'icmp_unreachable',
      'icmp_redirect',
      'icmp_tunnel',
      'covert_channel',
    ],
    layers: ['ip', 'ipv6'],
  },
  {
    group: 'Routing and redundancy protocols',
    kinds: ['bgp_session_reset', 'routing_weak_auth'],
    layers: ['bgp', 'ospf', 'eigrp', 'rip', 'vrrp', 'hsrp', 'glbp'],
    needsTshark: true,
  },
  {
    group: 'Local network: ARP, DHCP, router advertisements',
    kinds: ['arp_spoofing', 'arp_scan', 'dhcp_flood', 'ipv6_rogue_ra'],
    layers: ['arp', 'dhcp', 'icmpv6', 'dhcpv6'],
    needsAllTraffic: true,
  },
  {
    group: 'Wi-Fi',
    kinds: ['wifi_auth_failure', 'wifi_deauth', 'wifi_deauth_attack', 'wifi_wep_attack'],
    layers: ['wlan'],
  },
  {
    group: 'DNS',
    kinds: [
      'dns_no_response',
      'dns_nxdomain',
      'dns_nxdomain_burst',
      'dga',
      'dns_servfail',
      'dns_tunnel',
      'dns_zone_transfer',
      'dns_hijack',
      'dns_malformed',
    ],
    layers: ['dns'],
    needsPayload: true,
  },
  {
    group: 'TLS and certificates',
    kinds: [
      'tls_cert_expired',
      'tls_cert_name_mismatch',
      'tls_cert_self_signed',
      'tls_cert_chain_incomplete',
      'tls_cert_revoked',
      'tls_cert_spoofed',
      'tls_handshake_failure',
      'tls_weak_version',
    ],
    layers: ['tls', 'ocsp'],
    needsPayload: true,
  },
  {
    group: 'HTTP errors and attacks on web applications',
    kinds: [
      'http_error',
      'web_attack',
      'web_attack_sqli',
      'web_attack_xss',
      'web_attack_traversal',
      'vuln_scan',
    ],
    layers: ['http', 'http2'],
    needsPayload: true,
    hiddenByTls: true,
  },
  {
    group: 'Logins and passwords',
    kinds: [
      'auth_failure',
      'successful_login',
      'password_changed',
      'cleartext_credentials',
      'brute_force',
      'password_spray',
    ],
    layers: [
      'http',
      'ftp',
      'telnet',
      'smtp',
      'pop',
      'imap',
      'ldap',
      'ssh',
      'kerberos',
      'ntlmssp',
      'smb',
      'smb2',
      'radius',
      'mysql',
      'pgsql',
      'tds',
      'rdp',
      'socks',
      'vnc',
      'rlogin',
      'snmp',
    ],
    needsPayload: true,
    hiddenByTls: true,
  },
  {
    group: 'Scans and sweeps',
    kinds: ['port_scan', 'host_sweep', 'open_ports', 'os_fingerprinting', 'ip_protocol_scan', 'ftp_bounce'],
    layers: ['ip', 'ipv6', 'arp'],
    needsAllTraffic: true,
  },
  {
    group: 'Floods and amplification',
    kinds: ['syn_flood', 'udp_flood', 'icmp_flood', 'dns_flood', 'amplification'],
    layers: ['ip', 'ipv6'],
    needsAllTraffic: true,
  },
  {
    group: 'Exploits, shells and malware in what is carried',
    kinds: [
      'exploit',
      'exploit_kit',
      'remote_shell',
      'malware_download',
      'ransomware',
      'file_transfer',
      'protocol_mismatch',
    ],
    layers: ['tcp', 'udp'],
    needsPayload: true,
    hiddenByTls: true,
  },
  {
    group: 'Calls home and data leaving',
    kinds: ['malware_c2', 'beaconing', 'cryptomining', 'adware', 'data_exfiltration'],
    layers: ['tcp', 'udp'],
    needsAllTraffic: true,
    hiddenByTls: true,
    needsSeconds: 60,
  },
  {
    group: 'Windows networks: Kerberos, replication, lateral movement',
    kinds: ['kerberoasting', 'dcsync', 'lateral_movement'],
    layers: ['kerberos', 'smb', 'smb2', 'dcerpc', 'ldap'],
    needsPayload: true,
    needsTshark: true,
  },
  {
    group: 'Voice: SIP and RTP',
    kinds: ['voip_scan', 'voip_auth_failure', 'rtp_loss', 'rtp_quality', 'one_way_audio'],
    layers: ['sip', 'rtp', 'rtcp'],
    needsTshark: true,
  },
  {
    group: 'Industrial protocols',
    kinds: ['ics_exception', 'ics_malformed', 'ics_unauthorized_command'],
    layers: [
      'mbtcp',
      'modbus',
      's7comm',
      'dnp3',
      'iec60870_104',
      'iec60870_asdu',
      'enip',
      'cip',
      'bacapp',
      'bacnet',
      'omron',
      'pn_dcp',
      'goose',
      'opcua',
      'mms',
    ],
    needsPayload: true,
    needsTshark: true,
  },
];
