/** A way to read a capture that ours is compared with: what it is called, and what it runs. */
export interface Peer {
  name: string;
  /** The program that has to be here. */
  needs: string;
  argv: (path: string) => readonly string[];
  /** Takes minutes on a gigabyte, so that one round has to do. */
  isSlow?: boolean;
}

export const NAIVE = 'one tool run per question';
export const FULL = 'one tshark pass, 51 fields and 17 statistics';
export const STATISTICS = 'one tshark pass, 17 statistics';

const TAPS = listed(`
  conv,eth conv,ip conv,ipv6 conv,tcp conv,udp endpoints,ip endpoints,ipv6 endpoints,tcp endpoints,udp
  io,phs io,stat,1 expert dns,tree http,tree http_req,tree http_srv,tree icmp,srt
`).flatMap((tap) => ['-z', tap]);

const FIELDS = listed(`
  frame.number frame.time_epoch frame.len ip.src ip.dst ipv6.src ipv6.dst tcp.srcport tcp.dstport
  udp.srcport udp.dstport tcp.stream _ws.col.Protocol dns.id dns.qry.name dns.qry.type
  dns.flags.response dns.flags.rcode dns.time dns.count.answers tls.handshake.type
  tls.handshake.version tls.handshake.extensions.supported_version
  tls.handshake.extensions_server_name tls.handshake.ciphersuite tls.alert_message.level
  tls.alert_message.desc x509sat.uTF8String x509sat.printableString x509af.utcTime http.request.method
  http.host http.request.uri http.user_agent http.response.code http.authbasic http.content_length
  ftp.request.command ftp.request.arg ftp.response.code smtp.req.command pop.request.command
  imap.request telnet.data arp.src.hw_mac arp.src.proto_ipv4 arp.opcode icmp.type icmp.code
  ssh.protocol tcp.analysis.flags
`).flatMap((field) => ['-e', field]);

/** What scripts that a model has written do, and most servers for captures: ask again and again, each time from the start. */
const QUESTIONS = [
  'capinfos "$1"',
  ...listed('io,phs io,stat,1 conv,ip conv,tcp conv,udp endpoints,ip dns,tree http,tree expert').map(
    (tap) => `tshark -r "$1" -q -z ${tap}`,
  ),
  ...[
    ['tcp.analysis.retransmission', 'ip.src ip.dst tcp.stream'],
    ['tcp.flags.reset==1', 'ip.src ip.dst'],
    ['dns.flags.rcode != 0', 'dns.qry.name dns.flags.rcode'],
    ['tls.handshake.type == 1', 'ip.dst tls.handshake.extensions_server_name tls.handshake.version'],
    ['http.response.code >= 400', 'ip.src http.response.code'],
  ].map(([filter = '', fields = '']) => {
    const wanted = fields.split(' ').map((field) => `-e ${field}`);
    return `tshark -r "$1" -Y '${filter}' -T fields ${wanted.join(' ')} | sort | uniq -c | sort -rn | head -20`;
  }),
].join('\n');

export const PEERS: readonly Peer[] = [
  {
    name: NAIVE,
    needs: 'tshark',
    argv: (path) => ['bash', '-c', QUESTIONS, 'questions', path],
    isSlow: true,
  },
  {
    name: FULL,
    needs: 'tshark',
    argv: (path) => ['tshark', '-n', '-r', path, '-T', 'fields', ...FIELDS, ...TAPS],
  },
  { name: STATISTICS, needs: 'tshark', argv: (path) => ['tshark', '-n', '-q', '-r', path, ...TAPS] },
  { name: 'tcpdump, count only', needs: 'tcpdump', argv: (path) => ['tcpdump', '-n', '-r', path, '--count'] },
  {
    name: 'reading the file (dd)',
    needs: 'dd',
    argv: (path) => ['dd', `if=${path}`, 'of=/dev/null', 'bs=1M'],
  },
];

/** What stands in a text between blanks. */
function listed(text: string): string[] {
  return text.trim().split(/\s+/);
}
