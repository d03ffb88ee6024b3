import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { AGGREGATOR, FIELDS } from '../../src/forensics/measure/fields.ts';
import { conversation, ethernet, ipv4, turned, udp } from './build.ts';
import { pcap } from './files.ts';
import { clientHello, cryptoFrame, inRecords, sealInitial, serverHello, type Initial } from './hellos.ts';
import { ownRows, tsharkRows } from './rows.ts';

type Told = Record<string, string>[];

/** Values of the fields that begin with tls. */
const told = (rows: readonly string[][]): Told =>
  rows.map((row) =>
    Object.fromEntries(
      FIELDS.map((field, column) => [field, (row[column] ?? '').split(AGGREGATOR).join(' ')]).filter(
        ([field, value]) => field?.startsWith('tls.') === true && value !== '',
      ),
    ),
  );

/** What both say of handshakes, packet by packet: values of fields that begin with tls. */
async function compare(packets: readonly Buffer[]): Promise<Told> {
  const { ours, theirs } = await both(packets);
  expect(ours).toEqual(theirs);
  return ours;
}

async function both(packets: readonly Buffer[]): Promise<{ ours: Told; theirs: Told }> {
  const folder = mkdtempSync(join(tmpdir(), 'capwright-hellos-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'generated.pcap');
  writeFileSync(path, pcap(packets.map((data, index) => ({ data, seconds: 1000 + index }))));
  return { ours: told(ownRows(path)), theirs: told(await tsharkRows(path)) };
}

it('tells hellos that come in several records and segments, with what they offer and choose', async () => {
  const told = await compare([
    ...conversation(40_001, 443, [
      ['client', inRecords(clientHello('shop.example', 'h2', 3000), 700)],
      ['server', inRecords(serverHello(), 20)],
    ]),
  ]);

  const hello = told.find((fields) => fields['tls.handshake.type'] === '1');
  expect(hello).toMatchObject({
    'tls.handshake.extensions_server_name': 'shop.example',
    'tls.handshake.extensions_alpn_str': 'h2',
    'tls.handshake.sig_hash_alg': '0x0403 0x0804 0x0401',
    'tls.handshake.extension.type': '10794 0 10 11 13 16 43 21',
    'tls.handshake.extensions_supported_group': '0x3a3a 0x001d 0x0017',
  });
  const chosen = told.find((fields) => fields['tls.handshake.type'] === '2');
  expect(chosen).toMatchObject({ 'tls.handshake.ciphersuite': '0x1301' });
});

const begins = inRecords(clientHello('mail.example', 'x'), 16_000);
it.each([
  ['SMTP', 25, ['220 hi\r\n', 'EHLO me\r\n', '250 STARTTLS\r\n', 'STARTTLS\r\n', '220 go\r\n']],
  ['POP3', 110, ['+OK hi\r\n', 'STLS\r\n', '+OK go\r\n']],
  ['IMAP', 143, ['* OK hi\r\n', 'a1 STARTTLS\r\n', 'a1 OK go\r\n']],
  ['FTP', 21, ['220 hi\r\n', 'AUTH TLS\r\n', '234 go\r\n']],
])('reads on as TLS where both sides of %s agree to it', async (_, port, lines) => {
  const spoken = lines.map((line, index): ['client' | 'server', Buffer] => [
    index % 2 === 0 ? 'server' : 'client',
    Buffer.from(line),
  ]);
  const told = await compare([
    ...conversation(40_002, port, [
      ...spoken,
      ['client', begins],
      ['server', inRecords(serverHello(), 16_000)],
    ]),
  ]);

  expect(told.at(-2)).toMatchObject({ 'tls.handshake.extensions_server_name': 'mail.example' });
  expect(told.at(-1)).toMatchObject({ 'tls.handshake.ciphersuite': '0x1301' });
});

it('reads the handshake behind the CONNECT of a proxy', async () => {
  const told = await compare([
    ...conversation(40_003, 3128, [
      ['client', Buffer.from('CONNECT mail.example:443 HTTP/1.1\r\nHost: mail.example:443\r\n\r\n')],
      ['server', Buffer.from('HTTP/1.1 200 Connection established\r\n\r\n')],
      ['client', begins],
    ]),
  ]);

  expect(told.at(-1)).toMatchObject({ 'tls.handshake.extensions_server_name': 'mail.example' });
});

const identifier = Buffer.from('8394c8f03e515708', 'hex');
const datagram = (initial: Initial): Buffer => {
  const isClient = initial.from === 'client';
  const packet = ipv4(17, udp(isClient ? 40_004 : 443, isClient ? 443 : 40_004, sealInitial(initial)));
  return ethernet(0x0800, isClient ? packet : turned(packet));
};

it.each([
  ['1', 0x00000001],
  ['draft 29', 0xff00001d],
])('opens the hellos of QUIC version %s', async (_, version) => {
  const hello = clientHello('quic.example', 'h3');
  const initial = { version, identifier };
  const told = await compare([
    datagram({ ...initial, from: 'client', number: 0, frames: cryptoFrame(0, hello) }),
    datagram({ ...initial, from: 'server', number: 0, frames: cryptoFrame(0, serverHello()) }),
  ]);

  expect(told[0]).toMatchObject({
    'tls.handshake.extensions_server_name': 'quic.example',
    'tls.handshake.extensions_alpn_str': 'h3',
  });
  expect(told[1]).toMatchObject({ 'tls.handshake.extensions.supported_version': '0x0304' });
});

it('opens the hello of QUIC version 2 in pieces, out of order and in two datagrams', async () => {
  const hello = clientHello('quic.example', 'h3', 1500);
  const initial = { version: 0x6b3343cf, identifier, from: 'client' } as const;
  const piece = (from: number, until: number): Buffer => cryptoFrame(from, hello.subarray(from, until));
  const { ours } = await both([
    datagram({
      ...initial,
      number: 0,
      frames: Buffer.concat([piece(300, 900), piece(0, 100), piece(100, 300)]),
    }),
    datagram({ ...initial, number: 1, frames: piece(900, hello.length) }),
  ]);

  expect(ours[0]).toEqual({});
  expect(ours[1]).toMatchObject({ 'tls.handshake.extensions_server_name': 'quic.example' });
});
