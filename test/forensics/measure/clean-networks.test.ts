import { describe, expect, it } from 'vitest';
import { repeat } from './packets.ts';
import { gravelyFound } from './wire-check.ts';
import { icmp, START, tcp, udp, type WirePacket } from './wire.ts';

const HOST = '10.1.0.7';
const OUTSIDE = '198.18.4.4';
const packet = (seconds: number, bytes: Buffer): WirePacket => ({ at: START + seconds, bytes });
const ends = (from: string, source: number, to: string, target: number) => ({ from, to, source, target });
const inOrder = (packets: WirePacket[]): WirePacket[] => packets.toSorted((a, b) => a.at - b.at);
const noise = (n: number, length: number, first = 0x40): Buffer => {
  const bytes = Buffer.from(repeat(length, (i) => (n * 131 + i * 89 + ((i * n) >> 2)) & 0xff));
  bytes.writeUInt8(first, 0);
  return bytes;
};
const question = (id: number, name: string): Buffer => {
  const head = Buffer.from([id >> 8, id & 0xff, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  const labels = name
    .split('.')
    .map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
  return Buffer.concat([head, ...labels, Buffer.from([0, 0, 1, 0, 1])]);
};
const answer = (id: number, name: string): Buffer => {
  const asked = question(id, name);
  asked.writeUInt16BE(0x8180, 2);
  asked.writeUInt16BE(1, 6);
  return Buffer.concat([asked, Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 198, 18, 4, 4])]);
};
const rtp = (n: number, ssrc: number): Buffer => {
  const bytes = Buffer.alloc(172, 0xd5);
  bytes.writeUInt16BE(0x8008, 0);
  bytes.writeUInt16BE(n, 2);
  bytes.writeUInt32BE(n * 160, 4);
  bytes.writeUInt32BE(ssrc, 8);
  return bytes;
};

/** A connection: handshake, questions and answers in turn, and a proper end; `late` leaves the handshake out. */
function conversation(
  seconds: number,
  [client, port]: [string, number],
  [server, service]: [string, number],
  said: readonly [string, string][],
  late = false,
): WirePacket[] {
  const up = ends(client, port, server, service);
  const down = ends(server, service, client, port);
  let mine = 1000;
  let theirs = 5000;
  const packets: Buffer[] = [];
  if (!late) {
    packets.push(tcp(up, { flags: 2, sequence: mine }));
    mine += 1;
    packets.push(tcp(down, { flags: 0x12, sequence: theirs, acknowledgement: mine }));
    theirs += 1;
    packets.push(tcp(up, { flags: 0x10, sequence: mine, acknowledgement: theirs }));
  }
  for (const [asked, told] of said) {
    packets.push(tcp(up, { flags: 0x18, sequence: mine, acknowledgement: theirs }, asked));
    mine += asked.length;
    packets.push(tcp(down, { flags: 0x18, sequence: theirs, acknowledgement: mine }, told));
    theirs += told.length;
    packets.push(tcp(up, { flags: 0x10, sequence: mine, acknowledgement: theirs }));
  }
  packets.push(tcp(up, { flags: 0x11, sequence: mine, acknowledgement: theirs }));
  packets.push(tcp(down, { flags: 0x11, sequence: theirs, acknowledgement: mine + 1 }));
  packets.push(tcp(up, { flags: 0x10, sequence: mine + 1, acknowledgement: theirs + 1 }));
  return packets.map((bytes, index) => packet(seconds + index * 0.004, bytes));
}

const page: [string, string] = [
  'GET / HTTP/1.1\r\nHost: a.example\r\nUser-Agent: Mozilla/5.0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n<html></html>',
];
const modbus = (n: number, pdu: number[]): string =>
  Buffer.from([n >> 8, n & 0xff, 0, 0, 0, pdu.length + 1, 1, ...pdu]).toString('latin1');

const networks: [string, WirePacket[]][] = [
  [
    'devices that answer a search for services',
    inOrder(
      repeat(3, (n) => [
        packet(
          n,
          udp(
            ends(HOST, 50_000, '239.255.255.250', 1900),
            'M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: "ssdp:discover"\r\nMX: 2\r\nST: ssdp:all\r\n\r\n',
          ),
        ),
        ...repeat(9, (device) =>
          packet(
            n + 0.1 + device * 0.02,
            udp(
              ends(`10.1.0.${device + 20}`, 1900, HOST, 50_000),
              `HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=1800\r\nST: urn:x:${device}\r\nUSN: uuid:${'0'.repeat(300)}\r\nLOCATION: http://10.1.0.${device + 20}/d.xml\r\n\r\n`,
            ),
          ),
        ),
      ]).flat(),
    ),
  ],
  [
    'look-ups, and pages behind them',
    inOrder(
      repeat(12, (n) => [
        packet(n, udp(ends(HOST, 40_000 + n, '10.1.0.1', 53), question(n, `www${n}.a.example`))),
        packet(n + 0.02, udp(ends('10.1.0.1', 53, HOST, 40_000 + n), answer(n, `www${n}.a.example`))),
        ...conversation(n + 0.05, [HOST, 41_000 + n], [OUTSIDE, 80], [page, page]),
      ]).flat(),
    ),
  ],
  [
    'peers that share a file',
    inOrder(
      repeat(80, (n) => {
        const peer = `198.18.${n % 7}.${n + 1}`;
        const asks = packet(n * 0.2, udp(ends(HOST, 6881, peer, 20_000 + n * 97), noise(n, 90, 0x64)));
        return n % 2 === 0
          ? [asks]
          : [asks, packet(n * 0.2 + 0.1, udp(ends(peer, 20_000 + n * 97, HOST, 6881), noise(n, 280, 0x64)))];
      }).flat(),
    ),
  ],
  [
    'a call whose signalling is encrypted',
    inOrder(
      repeat(400, (n) => [
        packet(n * 0.02, udp(ends(HOST, 16_400, OUTSIDE, 17_400), rtp(n, 0xcafe0001))),
        packet(n * 0.02 + 0.003, udp(ends(OUTSIDE, 17_400, HOST, 16_400), rtp(n, 0xbabe0002))),
      ]).flat(),
    ),
  ],
  [
    'a download over an encrypted datagram protocol',
    inOrder(
      repeat(900, (n) => [
        packet(n * 0.001, udp(ends(OUTSIDE, 443, HOST, 51_000), noise(n, 1_200))),
        ...(n % 8 === 0
          ? [packet(n * 0.001 + 0.0005, udp(ends(HOST, 51_000, OUTSIDE, 443), noise(n, 40)))]
          : []),
      ]).flat(),
    ),
  ],
  [
    'keep-alives through address translation',
    repeat(30, (n) => packet(n * 20, udp(ends(HOST, 4500, OUTSIDE, 4500), Buffer.from([0xff])))),
  ],
  [
    'checks of a load balancer, some of which only open and close',
    inOrder(
      repeat(24, (n) =>
        conversation(n * 5, ['10.1.0.2', 42_000 + n], ['10.1.0.80', 80], n % 2 === 0 ? [page] : []),
      ).flat(),
    ),
  ],
  [
    'a controller that is polled',
    conversation(
      0,
      ['10.1.0.3', 43_000],
      ['10.1.0.90', 502],
      repeat(60, (n): [string, string] => [modbus(n, [3, 0, 0, 0, 2]), modbus(n, [3, 4, 0, 1, 0, 2])]),
    ),
  ],
  [
    'conversations that are older than the capture',
    inOrder(
      repeat(16, (n) =>
        conversation(n * 0.5, [HOST, 44_000 + n], [OUTSIDE, 8000 + n], [['question', 'answer']], true),
      ).flat(),
    ),
  ],
  [
    'monitoring that pings a few hosts now and then',
    inOrder(
      repeat(20, (n) => {
        const host = { from: '10.1.0.2', to: `10.1.0.${50 + (n % 5)}` };
        const body = Buffer.from('abcdefghijklmnopqrstuvwabcdefghi');
        return [
          packet(n * 10, icmp(host, { type: 8, sequence: n, body })),
          packet(n * 10 + 0.001, icmp({ from: host.to, to: host.from }, { type: 0, sequence: n, body })),
        ];
      }).flat(),
    ),
  ],
  [
    'clocks that are set',
    inOrder(
      repeat(8, (n) => {
        const body = Buffer.alloc(48, 0x11);
        body.writeUInt8(0x23, 0);
        const told = Buffer.from(body);
        told.writeUInt8(0x24, 0);
        return [
          packet(n * 64, udp(ends(HOST, 123, OUTSIDE, 123), body)),
          packet(n * 64 + 0.03, udp(ends(OUTSIDE, 123, HOST, 123), told)),
        ];
      }).flat(),
    ),
  ],
  [
    'a traceroute whose every hop answers',
    inOrder(
      repeat(6, (ttl) => {
        const asked = udp({ ...ends(HOST, 45_000, OUTSIDE, 33_434 + ttl), ttl: ttl + 1 }, 'x');
        const last = ttl === 5;
        const from = last ? OUTSIDE : `10.9.0.${ttl + 1}`;
        return [
          packet(ttl, asked),
          packet(
            ttl + 0.01,
            icmp(
              { from, to: HOST },
              { type: last ? 3 : 11, code: last ? 3 : 0, body: asked.subarray(0, 28) },
            ),
          ),
        ];
      }).flat(),
    ),
  ],
  [
    'log lines that nobody answers',
    repeat(200, (n) =>
      packet(n * 0.05, udp(ends('10.1.0.9', 514, '10.1.0.10', 514), `<134>Nov 23 10:00:00 fw line ${n}`)),
    ),
  ],
];

/** The same packet in a network and at a time of its own, so that one pass looks at all. */
function move({ at, bytes }: WirePacket, index: number): WirePacket {
  const moved = Buffer.from(bytes);
  for (let place = 12; place < Math.min(moved.length - 2, 64); place += 1) {
    const [first, second, third] = [moved[place], moved[place + 1], moved[place + 2]];
    const isInside = first === 10 && (second === 1 || second === 9) && third === 0;
    if (isInside || (first === 198 && second === 18)) moved.writeUInt8((second ?? 0) + index * 8, place + 1);
  }
  return { at: at + index * 3_000, bytes: moved };
}

describe('networks in order', () => {
  it('raise nothing above low, by any reader', async () => {
    expect(networks.length).toBeLessThan(28);
    const moved = networks.flatMap(([, packets], index) => packets.map((one) => move(one, index)));

    expect(await gravelyFound(inOrder(moved))).toEqual([]);
  });
});
