import { ascii, concat, long, octets } from '../../../src/local-azure/traffic/packets/bytes.ts';
import { hex, lines, sip, type Service } from './services.ts';

/** An SMB message under NetBIOS's length, and the header of SMB 2 (MS-SMB2, 2.2.1). */
const netbios = (message: Uint8Array): Uint8Array => concat(long(message.length), message);
const smb2 = (command: number, flags: number, body: string): Uint8Array =>
  netbios(
    concat(
      hex('fe534d42 4000 0000 00000000'),
      octets(command, 0),
      hex('0100'),
      octets(flags, 0, 0, 0),
      new Uint8Array(44),
      hex(body),
    ),
  );
/** Services over TCP. */
export const STREAM_SERVICES: readonly Service[] = [
  tcp(
    'smb negotiate',
    [445],
    smb2(0, 0, '2400 0200 0100 0000 7f000000 00000000000000000000000000000000 0000000000000000 0202 1002'),
    smb2(
      0,
      1,
      '4100 0100 1002 0000 00000000000000000000000000000000 7f000000 00001000 00001000 00001000 0000000000000000 0000000000000000 8000 0000 00000000',
    ),
  ),
  tcp(
    'smb session',
    [445, 139],
    smb2(1, 0, '1900 00 01 01000000 00000000 5800 0000 0000000000000000'),
    smb2(1, 1, '0900 0000 4800 0000'),
  ),
  tcp(
    'ldap',
    [389, 3268],
    hex('300c 020101 6007 020103 0400 8000'),
    hex('300c 020101 6107 0a0100 0400 0400'),
  ),
  tcp(
    'sql server',
    [1433],
    hex(
      '1201 002f 0000 0100 00001a0006010020000102002100010300220004040026000 1ff 09000000000000 0000 00'.replaceAll(
        ' ',
        '',
      ),
    ),
    hex(
      '0401 0025 0000 0100 000015000601001b000102001c000103001d0000ff 0f000fa0000000 00'.replaceAll(' ', ''),
    ),
  ),
  tcp(
    'mysql',
    [3306],
    hex('2000000185a6ff0100000001210000000000000000000000000000000000000000000000 7573657200'),
    concat(
      hex('2e0000000a'),
      ascii('8.0.36'),
      hex('0008000000 3132333435363738 00 fff7 ff 0200 ff81 15 00000000000000000000 31323334 00'),
    ),
    true,
  ),
  tcp(
    'postgresql',
    [5432],
    hex('00000022 00030000 75736572 00 6170706c 00 64617461 62617365 00 73686f70 00 00'),
    hex('52 00000008 00000003'),
  ),
  tcp('redis', [6379], lines('*1', '$4', 'PING'), lines('+PONG')),
  tcp(
    'mongodb',
    [27017],
    hex(
      '3a000000 01000000 00000000 d4070000 00000000 61646d696e2e24636d6400 00000000 01000000 13000000 1069736d6173746572 0001000000 00',
    ),
    hex('24000000 02000000 01000000 01000000 08000000 0000000000000000 00000000 00000000'),
  ),
  tcp(
    'remote desktop',
    [3389],
    hex('0300002c 27 e0 0000 0000 00 436f6f6b69653a206d737473686173683d61646d696e0d0a 0100 0800 03000000'),
    hex('03000013 0e d0 0000 1234 00 02 00 0800 02000000'),
  ),
  tcp('vnc', [5900], ascii('RFB 003.008\n'), ascii('RFB 003.008\n'), true),
  tcp('smtp', [25, 587], lines('EHLO client.example.com'), lines('220 mail.example.com ESMTP'), true),
  tcp('pop', [110], lines('USER someone'), lines('+OK POP3 ready'), true),
  tcp('imap', [143], lines('a1 LOGIN someone secret'), lines('* OK IMAP4rev1 ready'), true),
  tcp('telnet', [23, 2323], ascii('root\r\n'), concat(hex('fffd18fffd20fffb01'), ascii('login: ')), true),
  tcp(
    'irc',
    [6667],
    lines('NICK someone', 'USER someone 0 * :Someone'),
    lines(':irc.example.com 001 someone :Welcome'),
  ),
  tcp(
    'xmpp',
    [5222],
    ascii("<?xml version='1.0'?><stream:stream to='example.com' xmlns='jabber:client' version='1.0'>"),
    ascii("<?xml version='1.0'?><stream:stream from='example.com' id='1'>"),
  ),
  tcp('mqtt', [1883], hex('10 10 0004 4d515454 04 02 003c 0004 64657631'), hex('20 02 00 00')),
  tcp('amqp', [5672], ascii('AMQP\0\0\x09\x01'), hex('01 0000 00000008 000a000a 00090000 ce')),
  tcp(
    'modbus',
    [502],
    hex('0001 0000 0006 01 03 0000 000a'),
    hex('0001 0000 0017 01 03 14 0001000200030004000500060007000800090 00a'.replaceAll(' ', '')),
  ),
  tcp(
    's7',
    [102],
    hex('03000016 11 e0 0000 0001 00 c1020100 c2020102 c0010a'),
    hex('03000016 11 d0 0001 0002 00 c0010a c1020100 c2020102'),
  ),
  tcp('dnp3', [20000], hex('0564 05 c0 0100 0a00 e08c'), hex('0564 05 40 0a00 0100 6c5a')),
  tcp(
    'bgp',
    [179],
    hex('ffffffffffffffffffffffffffffffff 001d 01 04 fde8 00b4 0a000001 00'),
    hex('ffffffffffffffffffffffffffffffff 0013 04'),
  ),
  tcp(
    'bittorrent',
    [6881],
    concat(octets(19), ascii('BitTorrent protocol'), new Uint8Array(48).fill(3)),
    concat(octets(19), ascii('BitTorrent protocol'), new Uint8Array(48).fill(4)),
  ),
  tcp('socks', [1080], hex('05 01 00'), hex('05 00')),
  tcp(
    'rtsp',
    [554],
    lines('DESCRIBE rtsp://example.com/cam RTSP/1.0', 'CSeq: 2', ''),
    lines('RTSP/1.0 200 OK', 'CSeq: 2', ''),
  ),
  tcp(
    'sip',
    [5060],
    sip('INVITE sip:b@example.com SIP/2.0', 'CSeq: 1 INVITE'),
    sip('SIP/2.0 486 Busy Here', 'CSeq: 1 INVITE'),
  ),
  tcp('whois', [43], lines('example.com'), lines('No match')),
  tcp('finger', [79], lines('root'), lines('Login: root')),
  tcp('printer', [9100], hex('1b252d3132333435584050 4a4c0d0a'), hex('0c')),
  tcp('remote shell', [514], ascii('0\0root\0root\0id\0'), hex('00')),
  tcp(
    'kafka',
    [9092],
    hex('00000014 0012 0000 00000001 000a 70726f64756365722d31'),
    hex('0000000a 00000001 0000 00000000'),
  ),
  tcp(
    'cassandra',
    [9042],
    hex('04 00 0000 01 00000016 0001 000b 43514c5f56455253494f4e 0005 332e302e30'),
    hex('84 00 0000 02 00000000'),
  ),
];

function tcp(
  name: string,
  ports: Service['ports'],
  ask: Uint8Array,
  answer: Uint8Array,
  greets = false,
): Service {
  return { name, over: 'tcp', ports, ask, answer, greets };
}
