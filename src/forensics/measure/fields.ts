/**
 * Everything that one tshark pass is asked for. Each name must exist in tshark 4.0 and 4.4, and none may be a
 * boolean, whose spelling differs between them (flag words are read as hex numbers instead).
 */
export const FIELDS = [
  'frame.number',
  'frame.time_epoch',
  'frame.len',
  'frame.cap_len',
  'frame.protocols',
  'eth.src',
  'eth.dst',
  'wlan.sa',
  'wlan.da',
  'ip.src',
  'ip.dst',
  'ip.id',
  'ipv6.src',
  'ipv6.dst',
  'tcp.stream',
  'tcp.srcport',
  'tcp.dstport',
  'tcp.flags',
  'tcp.len',
  'tcp.seq_raw',
  'tcp.ack_raw',
  'tcp.checksum',
  'tcp.window_size_value',
  'tcp.analysis.initial_rtt',
  'tcp.analysis.retransmission',
  'tcp.analysis.duplicate_ack_num',
  'tcp.analysis.out_of_order',
  'tcp.analysis.lost_segment',
  'tcp.analysis.ack_lost_segment',
  'tcp.analysis.zero_window',
  'tcp.analysis.keep_alive',
  'tcp.analysis.window_full',
  'udp.stream',
  'udp.srcport',
  'udp.dstport',
  'icmp.type',
  'icmp.code',
  'icmpv6.type',
  'icmpv6.code',
  'icmpv6.nd.ra.router_lifetime',
  'data.len',
  'arp.opcode',
  'arp.src.hw_mac',
  'arp.src.proto_ipv4',
  'arp.dst.proto_ipv4',
  'dhcp.option.dhcp',
  'dhcp.hw.mac_addr',
  'dns.id',
  'dns.flags',
  'dns.qry.name',
  'dns.qry.type',
  'http.request.method',
  'http.request.uri',
  'http.response.code',
  'http.authbasic',
  'urlencoded-form.key',
  'ftp.request.command',
  'ftp.request.arg',
  'ftp.response.code',
  'pop.request.command',
  'imap.request.command',
  'smtp.auth.username_password',
  'smtp.auth.password',
  'smtp.response.code',
  'telnet.data',
  'modbus.exception_code',
  'hsrp.auth_data',
  'ldap.resultCode',
  'kerberos.error_code',
  'tls.record.version',
  'tls.handshake.type',
  'tls.handshake.version',
  'tls.handshake.extensions.supported_version',
  'x509af.utcTime',
  'tls.alert_message.level',
  'tls.alert_message.desc',
] as const;

export type FieldName = (typeof FIELDS)[number];

/**
 * Between two fields. tshark writes tabs and line ends inside values as \t and \n, so packet text cannot forge
 * either; it does let other control characters through.
 */
export const SEPARATOR = '\t';

/** Between two values of one field; packet text may contain it, so only numbers and addresses are split in earnest. */
export const AGGREGATOR = '\u001e';

/** The tshark command line of the pass over `path`, with further options of tshark. */
export function passArgv(path: string, further: readonly string[] = []): string[] {
  const options = ['-E', 'separator=/t', '-E', `aggregator=${AGGREGATOR}`, '-E', 'occurrence=a'];
  return [
    'tshark',
    '-n',
    '-r',
    path,
    ...further,
    '-T',
    'fields',
    ...options,
    ...FIELDS.flatMap((name) => ['-e', name]),
  ];
}
