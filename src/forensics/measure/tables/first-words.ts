import { addBounded, addEvidence, createBoundedMap, noEvidence, type Evidence } from '../bounded.ts';
import { SYN, type Packet } from '../packet.ts';

/** Connections in which a server speaks a protocol on a port that is another one's. */
export interface ForeignSpeech {
  client: string;
  server: string;
  port: number;
  /** Ports of the client, while they are few. */
  clientPorts: Set<number>;
  /** The protocol spoken, and the one that the port belongs to. */
  spoken: string;
  owner: string;
  /** First bytes of the server's first words, as hexadecimal digits; a few at most. */
  heads: Set<string>;
  /** Segments of the server that begin with one of them. */
  words: Evidence;
  /** Segments that refuse plain HTTP where TLS is spoken. */
  refusals: number;
}

const MAX_ROWS = 5_000;
const MAX_STREAMS = 100_000;
const MAX_HEADS = 8;
/** More are not listed in a filter. */
export const MAX_CLIENT_PORTS = 20;
/** Bytes of a head; enough that nothing else begins with them by chance. */
const HEAD = 4;
const LOOKED_AT = 160;

/** What ports belong to, and what else is at home there (RFC 6335 registrations and common use). */
const OWNERS = new Map<number, { owner: string; guests: string[] }>([
  [21, { owner: 'FTP', guests: ['FTP or SMTP'] }],
  [22, { owner: 'SSH', guests: [] }],
  [23, { owner: 'Telnet', guests: [] }],
  [25, { owner: 'SMTP', guests: ['FTP or SMTP'] }],
  [53, { owner: 'DNS', guests: [] }],
  [80, { owner: 'HTTP', guests: [] }],
  [88, { owner: 'Kerberos', guests: [] }],
  [102, { owner: 'ISO transport', guests: [] }],
  [110, { owner: 'POP3', guests: [] }],
  [135, { owner: 'MS RPC', guests: [] }],
  [139, { owner: 'SMB', guests: [] }],
  [143, { owner: 'IMAP', guests: [] }],
  [179, { owner: 'BGP', guests: [] }],
  [389, { owner: 'LDAP', guests: [] }],
  [443, { owner: 'TLS', guests: [] }],
  [445, { owner: 'SMB', guests: [] }],
  [465, { owner: 'TLS', guests: ['FTP or SMTP'] }],
  [502, { owner: 'Modbus', guests: [] }],
  [554, { owner: 'RTSP', guests: ['HTTP'] }],
  [587, { owner: 'SMTP', guests: ['FTP or SMTP'] }],
  [636, { owner: 'TLS', guests: [] }],
  [853, { owner: 'TLS', guests: [] }],
  [990, { owner: 'TLS', guests: ['FTP or SMTP'] }],
  [993, { owner: 'TLS', guests: ['IMAP'] }],
  [995, { owner: 'TLS', guests: ['POP3'] }],
  [3306, { owner: 'MySQL', guests: [] }],
  [3389, { owner: 'RDP', guests: ['TLS'] }],
  [5060, { owner: 'SIP', guests: [] }],
  [5432, { owner: 'PostgreSQL', guests: ['TLS'] }],
  [5900, { owner: 'VNC', guests: [] }],
  [6667, { owner: 'IRC', guests: [] }],
]);

/** How servers begin, as Latin-1 text of their first bytes. */
const WORDS: readonly [string, RegExp][] = [
  ['SSH', /^SSH-[12][.]/],
  ['FTP or SMTP', /^220[ -][\x20-\x7e]{3}/],
  ['POP3', /^\+OK[ \r]/],
  ['IMAP', /^[*] (OK|PREAUTH|BYE) /],
  ['HTTP', /^HTTP\/1[.][01] \d{3}/],
  ['VNC', /^RFB 00\d[.]/],
  ['SIP', /^SIP\/2[.]0 \d{3}/],
  ['RTSP', /^RTSP\/1[.]0 \d{3}/],
  ['IRC', /^:[\w.-]+ (NOTICE|001|020|433) /],
];

/** The same for binary protocols, as hexadecimal digits. */
const BYTES: readonly [string, RegExp][] = [
  ['TLS', /^16030[0-4].{4}02/],
  ['SMB', /^00.{6}f[ef]534d42/],
  ['Telnet', /^fff[b-e][0-3]/],
  ['MySQL', /^.{4}00000a3\d2e3\d/],
  ['BitTorrent', /^13426974546f7272656e742070/],
];

/** What servers say first, where their port is known to belong to a protocol. */
export function createFirstWords() {
  const rows = createBoundedMap<ForeignSpeech>(MAX_ROWS, (key) => {
    const [client = '', server = '', port = '', spoken = ''] = key.split(' ');
    const owner = OWNERS.get(Number(port))?.owner ?? '';
    return {
      client,
      server,
      port: Number(port),
      spoken: spoken.replaceAll('_', ' '),
      owner,
      clientPorts: new Set(),
      heads: new Set(),
      words: noEvidence(),
      refusals: 0,
    };
  });
  /** Streams whose beginning was seen: undecided, nothing foreign, or the row that they belong to. */
  const streams = new Map<number, 'open' | 'home' | ForeignSpeech>();

  const judge = (packet: Packet, payload: string): 'home' | ForeignSpeech => {
    const { source, target, transport } = packet;
    const port = transport?.sourcePort ?? 0;
    const spoken = recognise(payload);
    const owner = OWNERS.get(port);
    if (spoken === null || owner === undefined || owner.owner === spoken || owner.guests.includes(spoken))
      return 'home';
    const row = rows.at(`${target} ${source} ${port} ${spoken.replaceAll(' ', '_')}`);
    if (row === null || (row.heads.size >= MAX_HEADS && !row.heads.has(payload.slice(0, HEAD * 2))))
      return 'home';
    row.heads.add(payload.slice(0, HEAD * 2));
    return row;
  };
  return {
    add(packet: Packet): void {
      const { transport, source, target } = packet;
      if (transport?.kind !== 'tcp' || packet.quotes || source === null || target === null) return;
      if ((transport.flags & SYN) !== 0) {
        if (streams.size < MAX_STREAMS) streams.set(transport.stream, 'open');
        return;
      }
      const state = streams.get(transport.stream);
      if (state === undefined || state === 'home' || !OWNERS.has(transport.sourcePort)) return;
      if (transport.payload === 0) return;
      const payload = Buffer.from(packet.payload().subarray(0, LOOKED_AT)).toString('hex');
      if (payload === '') return;
      const verdict = state === 'open' ? judge(packet, payload) : state;
      streams.set(transport.stream, verdict);
      if (verdict === 'home' || !verdict.heads.has(payload.slice(0, HEAD * 2))) return;
      addEvidence(verdict.words, packet.frame);
      addBounded(verdict.clientPorts, transport.targetPort, MAX_CLIENT_PORTS + 1);
      if (payload.startsWith(BAD_REQUEST)) verdict.refusals += 1;
    },
    finish: (): ForeignSpeech[] => rows.values(),
  };
}

const BAD_REQUEST = Buffer.from('HTTP/1.1 400').toString('hex');

function recognise(payload: string): string | null {
  const text = Buffer.from(payload, 'hex').toString('latin1');
  const spoken =
    WORDS.find(([, expression]) => expression.test(text)) ??
    BYTES.find(([, expression]) => expression.test(payload));
  return spoken?.[0] ?? null;
}
