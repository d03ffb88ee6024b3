import { signCertificate } from '../../../scripts/generate-capture/messages/certificate.ts';
import {
  certificates,
  clientHello,
  handshakeRecord,
  serverHello,
  TLS12,
} from '../../../scripts/generate-capture/messages/tls.ts';
import { tcp, udp } from '../measure/wire.ts';
import { logins, management } from './hostile-logins.ts';
import { SECRETS } from './secrets.ts';
import { CLIENT, SERVER, SYN, talk, type Said, type Say } from './talk.ts';

/** A morning in a network where everything that can speak says what `say` gives. */
export function hostilePackets(say: Say): Buffer[] {
  return [
    ...names(say),
    ...web(say),
    ...secure(say),
    ...files(say),
    ...leases(say),
    ...logins(say),
    ...management(),
    ...unanswered(),
  ];
}

function names(say: Say): Buffer[] {
  const from = { from: CLIENT, to: SERVER, source: 5353, target: 53 };
  const back = { from: SERVER, to: CLIENT, source: 53, target: 5353 };
  return Array.from({ length: 40 }, (_, id) => {
    const name = nameOf(say('dns name'));
    const [type, data] =
      id % 4 === 0
        ? ([16, text(say('dns txt'))] as const)
        : id % 4 === 1
          ? ([12, nameOf(say('dns ptr'))] as const)
          : ([1, null] as const);
    return [udp(from, ask(id, name, type)), udp(back, answer(id, name, type, data === null ? 3 : 0, data))];
  }).flat();
}

function web(say: Say): Buffer[] {
  const line = (place: string): string => say(place).replaceAll(/[\r\n]/g, ' ');
  const requests = Array.from({ length: 12 }, (_, index): Said[] => {
    const body = `user=bob&password=${SECRETS.form}&comment=${encodeURIComponent(say('http body').toWellFormed())}`;
    const fields = [
      `POST /${line('http path').replaceAll(' ', '+')}?n=${index} HTTP/1.1`,
      `Host: ${line('http host')}`,
      `User-Agent: ${line('user agent')}`,
      `Referer: http://evil.example/${line('referer')}`,
      `Cookie: sid=${SECRETS.cookie}`,
      `Authorization: ${index % 2 === 0 ? `Basic ${Buffer.from(`bob:${SECRETS.basic}`).toString('base64')}` : `Bearer ${SECRETS.bearer}`}`,
      `X-Api-Key: ${SECRETS.apiKey}`,
      'Content-Type: application/x-www-form-urlencoded',
      `Content-Length: ${Buffer.byteLength(body)}`,
    ];
    const page = `<html><script>${say('http page')}</script>-----BEGIN PRIVATE KEY-----\n${SECRETS.privateKey}\n-----END PRIVATE KEY-----</html>`;
    const answer = [
      `HTTP/1.1 500 ${line('http reason')}`,
      `Server: ${line('http server')}`,
      `Set-Cookie: sid=${SECRETS.cookie}`,
      'Content-Type: text/html',
      `Content-Length: ${Buffer.byteLength(page)}`,
    ];
    return [
      ['client', `${fields.join('\r\n')}\r\n\r\n${body}`],
      ['server', `${answer.join('\r\n')}\r\n\r\n${page}`],
    ];
  });
  return talk(40_000, 80, requests.flat());
}

function secure(say: Say): Buffer[] {
  const ascii = (place: string): string =>
    say(place)
      .replaceAll(/[^\x20-\x7e]/g, ' ')
      .slice(0, 60);
  return Array.from({ length: 3 }, (_, index) => {
    const random = new Uint8Array(96).fill(index + 1);
    const hello = clientHello(TLS12, { random, name: ascii('sni'), protocols: ['h2'] });
    const leaf = signCertificate(new Uint8Array(32).fill(7 + index), {
      names: [ascii('subject'), ascii('alternative name')],
      issuer: ascii('issuer'),
      from: '200101000000Z',
      until: '210101000000Z',
      serial: 7,
    });
    const server = handshakeRecord(TLS12, Buffer.concat([serverHello(TLS12, random), certificates([leaf])]));
    return talk(41_000 + index, 443, [
      ['client', Buffer.from(hello)],
      ['server', Buffer.from(server)],
    ]);
  }).flat();
}

function files(say: Say): Buffer[] {
  const share = utf16(`\\\\files\\${say('smb share')}`);
  const tree = Buffer.alloc(8);
  tree.writeUInt16LE(9, 0);
  tree.writeUInt16LE(72, 4);
  tree.writeUInt16LE(share.length, 6);
  const path = utf16(`${say('smb path')}\\${say('file name')}.docx`);
  const create = Buffer.alloc(56);
  create.writeUInt16LE(57, 0);
  create.writeUInt16LE(120, 44);
  create.writeUInt16LE(path.length, 46);
  return talk(42_000, 445, [
    ['client', message(3, 1, Buffer.concat([tree, share]))],
    ['client', message(5, 2, Buffer.concat([create, path]))],
  ]);
}

function leases(say: Say): Buffer[] {
  const message = (kind: number): Buffer => {
    const head = Buffer.alloc(240);
    head.set([kind === 5 ? 2 : 1, 1, 6, 0], 0);
    head.set([10, 6, 0, 77], 16);
    head.set([2, 0, 0, 0, 0, 7], 28);
    head.set([0x63, 0x82, 0x53, 0x63], 236);
    const host = Buffer.from(say('dhcp host name')).subarray(0, 200);
    return Buffer.concat([head, option(53, Buffer.from([kind])), option(12, host), Buffer.from([255])]);
  };
  return [
    udp({ from: '0.0.0.0', to: '255.255.255.255', source: 68, target: 67 }, message(3)),
    udp({ from: SERVER, to: CLIENT, source: 67, target: 68 }, message(5)),
  ];
}

/** What no text can talk away. */
function unanswered(): Buffer[] {
  return Array.from({ length: 12 }, (_, index) =>
    tcp(
      { from: CLIENT, to: '10.6.0.77', source: 45_000 + (index % 3), target: 5432 },
      { flags: SYN, sequence: 7 },
    ),
  );
}

const label = (text: string): Buffer => {
  const bytes = Buffer.from(text).subarray(0, 63);
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
};

const head = (flags: number, answers: number, id: number): Buffer => {
  const bytes = Buffer.alloc(12);
  for (const [at, value] of [id, flags, 1, answers].entries()) bytes.writeUInt16BE(value, 2 * at);
  return bytes;
};

const text = (value: string): Buffer => {
  const bytes = Buffer.from(value).subarray(0, 255);
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
};

const message = (command: number, message: number, body: Buffer): Buffer => {
  const header = Buffer.alloc(64);
  Buffer.from('fe534d4240000000', 'hex').copy(header);
  header.writeUInt16LE(command, 12);
  header.writeUInt16LE(message, 24);
  const whole = Buffer.concat([header, body]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(whole.length, 0);
  return Buffer.concat([length, whole]);
};

const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le').subarray(0, 400);

const option = (code: number, value: Buffer): Buffer =>
  Buffer.concat([Buffer.from([code, value.length]), value]);

const nameOf = (text: string): Buffer =>
  Buffer.concat([label(text), label('evil'), label('example'), Buffer.from([0])]);
const ask = (id: number, name: Buffer, type: number): Buffer =>
  Buffer.concat([head(0x0100, 0, id), name, Buffer.from([0, type, 0, 1])]);
const answer = (id: number, name: Buffer, type: number, code: number, data: Buffer | null): Buffer => {
  const record =
    data === null
      ? Buffer.alloc(0)
      : Buffer.concat([
          Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 9, data.length >> 8, data.length & 255]),
          data,
        ]);
  return Buffer.concat([
    head(0x8180 | code, data === null ? 0 : 1, id),
    name,
    Buffer.from([0, type, 0, 1]),
    record,
  ]);
};
