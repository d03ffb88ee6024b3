import { ascii, concat, octets, words } from '../../../src/local-azure/traffic/packets/bytes.ts';
import { hex, lines, sip, type Service } from './services.ts';

/** Services over UDP. */
export const DATAGRAM_SERVICES: readonly Service[] = [
  udp(
    'sip',
    [5060],
    sip('OPTIONS sip:b@example.com SIP/2.0', 'CSeq: 1 OPTIONS'),
    sip('SIP/2.0 200 OK', 'CSeq: 1 OPTIONS'),
  ),
  udp(
    'sip',
    [5060],
    sip('REGISTER sip:example.com SIP/2.0', 'CSeq: 2 REGISTER'),
    sip('SIP/2.0 401 Unauthorized', 'CSeq: 2 REGISTER'),
  ),
  udp(
    'kerberos',
    [88],
    hex(
      '6a4a3048 a103020105 a20302010a a43c303a a00703050050800010 a20d1b0b4558414d504c452e434f4d a511180f32303337303931333032343830355a a70602046b8b4567 a8053003020112',
    ),
    hex(
      '7e34 3032 a003020105 a10302011e a411180f32303236303932313030303030305a a505020300 f424 a603020119 a90d1b0b4558414d504c452e434f4d',
    ),
  ),
  udp(
    'snmp',
    [161],
    hex('3026 020101 0406 7075626c6963 a019 0204 1a2b3c4d 020100 020100 300b 3009 0605 2b06010201 0500'),
    hex('3028 020101 0406 7075626c6963 a21b 0204 1a2b3c4d 020100 020100 300d 300b 0605 2b06010201 0402 6162'),
  ),
  udp(
    'snmp trap',
    [162],
    hex('3026 020101 0406 7075626c6963 a719 0204 1a2b3c4d 020100 020100 300b 3009 0605 2b06010201 0500'),
    hex('00'),
  ),
  udp(
    'tftp',
    [69],
    concat(words(1), ascii('startup-config\0octet\0')),
    concat(words(3, 1), ascii('version 15.2')),
  ),
  udp('syslog', [514], ascii('<34>Oct 11 22:14:15 gate su: failed for lonvick on /dev/pts/8'), octets(0)),
  udp(
    'radius',
    [1812],
    hex('0105 0026 0102030405060708090a0b0c0d0e0f10 0106 6e656d6f 0406 c0a80110'),
    hex('0305 0014 1112131415161718191a1b1c1d1e1f20'),
  ),
  udp(
    'stun',
    [3478, 19302],
    hex('0001 0000 2112a442 0102030405060708090a0b0c'),
    hex('0101 000c 2112a442 0102030405060708090a0b0c 0020 0008 0001 a147 e112a643'),
  ),
  udp(
    'memcached',
    [11211],
    concat(words(0, 0, 1, 0), ascii('stats\r\n')),
    concat(words(0, 0, 1, 0), ascii('STAT pid 21\r\nEND\r\n')),
  ),
  udp(
    'ssdp',
    [1900],
    lines(
      'M-SEARCH * HTTP/1.1',
      'HOST: 239.255.255.250:1900',
      'MAN: "ssdp:discover"',
      'MX: 1',
      'ST: ssdp:all',
      '',
    ),
    lines('HTTP/1.1 200 OK', 'ST: upnp:rootdevice', 'USN: uuid:1', ''),
  ),
  udp(
    'netbios names',
    [137],
    hex(
      '8001 0110 0001 0000 0000 0000 20 4648464145424545434143414341434143414341434143414341434143414141 00 0020 0001',
    ),
    hex('8001 8503 0000 0000 0000 0000'),
  ),
  udp(
    'multicast dns',
    [5353],
    hex('0000 0000 0001 0000 0000 0000 05 5f69707073 04 5f746370 05 6c6f63616c 00 000c 0001'),
    hex('0000 8400 0000 0000 0000 0000'),
  ),
  udp(
    'link-local names',
    [5355],
    hex('1234 0000 0001 0000 0000 0000 04 77706164 00 0001 0001'),
    hex('1234 8000 0001 0000 0000 0000 04 77706164 00 0001 0001'),
  ),
  udp(
    'dhcp',
    [67],
    concat(hex('01010600 3903f326'), new Uint8Array(228), hex('63825363 350101 ff')),
    concat(hex('02010600 3903f326'), new Uint8Array(228), hex('63825363 350102 ff')),
  ),
  udp(
    'ike',
    [500],
    hex('0102030405060708 0000000000000000 21 20 22 08 00000000 0000001c'),
    hex('0102030405060708 1112131415161718 29 20 22 20 00000000 0000001c'),
  ),
  udp('coap', [5683], hex('4001 7d34 b4 6c696768 05 6c69676874'), hex('6045 7d34 ff 6f6e')),
  udp(
    'bittorrent dht',
    [6881, 51413],
    ascii('d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe'),
    ascii('d1:rd2:id20:mnopqrstuvwxyz123456e1:t2:aa1:y1:re'),
  ),
  udp('openvpn', [1194], hex('38 0102030405060708 00 00000000'), hex('40 1112131415161718 00 00000000')),
  udp(
    'wireguard',
    [51820],
    concat(hex('01000000'), new Uint8Array(144).fill(7)),
    concat(hex('02000000'), new Uint8Array(88).fill(9)),
  ),
  udp(
    'netflow',
    [2055, 9995],
    concat(hex('0009 0001 00000001 00000002 00000003 00000004 0000 000c 0100 0001 0001 0004')),
    octets(0),
  ),
  udp('chargen', [19], octets(10), ascii('!"#$%&\'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ')),
  udp(
    'bacnet',
    [47808],
    hex('810b000c 0120ffff00ff1008'),
    hex('810b0014 0120ffff00ff1000c4020000012201e091002100'),
  ),
];

function udp(name: string, ports: Service['ports'], ask: Uint8Array, answer: Uint8Array): Service {
  return { name, over: 'udp', ports, ask, answer };
}
