import { udp } from '../measure/wire.ts';
import { SECRETS } from './secrets.ts';
import { CLIENT, SERVER, talk, type Said, type Say } from './talk.ts';

/** Logins in the clear, all of which fail. */
export function logins(say: Say): Buffer[] {
  const line = (place: string): string => `${say(place).replaceAll(/[\r\n]/g, ' ')}\r\n`;
  const ftp = Array.from({ length: 8 }, (_, index) =>
    talk(43_000 + index, 21, [
      ['server', `220 ${line('ftp banner')}`],
      ['client', 'USER bob\r\n'],
      ['server', `331 ${line('ftp answer')}`],
      ['client', `PASS ${SECRETS.ftp}\r\n`],
      ['server', `530 ${line('ftp answer')}`],
    ]),
  ).flat();
  const typed = SECRETS.telnet.split('').map((key): Said => ['client', key]);
  return [
    ...ftp,
    ...talk(44_000, 22, [
      ['server', `SSH-2.0-${line('ssh banner')}`],
      ['client', `SSH-2.0-${line('ssh banner')}`],
    ]),
    ...talk(44_001, 23, [
      ['server', `${line('telnet')}login: `],
      ['client', 'bob\r\n'],
      ['server', 'Password: '],
      ...typed,
      ['client', '\r\n'],
      ['server', line('telnet')],
    ]),
    ...talk(44_002, 25, [
      ['server', `220 ${line('smtp banner')}`],
      ['client', 'EHLO x\r\n'],
      ['server', '250 AUTH LOGIN PLAIN\r\n'],
      ['client', 'AUTH LOGIN\r\n'],
      ['server', `334 ${base64('Username:')}\r\n`],
      ['client', `${base64('bob')}\r\n`],
      ['server', `334 ${base64('Password:')}\r\n`],
      ['client', `${base64(SECRETS.smtp)}\r\n`],
      ['server', `535 ${line('smtp answer')}`],
      ['client', `MAIL FROM:<${line('smtp sender').trim()}>\r\n`],
    ]),
    ...talk(44_003, 110, [
      ['server', `+OK ${line('pop banner')}`],
      ['client', 'USER bob\r\n'],
      ['server', '+OK\r\n'],
      ['client', `PASS ${SECRETS.pop}\r\n`],
      ['server', `-ERR ${line('pop answer')}`],
    ]),
    ...talk(44_004, 143, [
      ['server', `* OK ${line('imap banner')}`],
      ['client', `a1 LOGIN bob ${SECRETS.imap}\r\n`],
      ['server', `a1 NO ${line('imap answer')}`],
    ]),
  ];
}

/** A community of SNMP and a proof of SIP. */
export function management(): Buffer[] {
  const community = Buffer.from(SECRETS.snmp);
  const pdu = Buffer.from(
    'a01902010102010002010030 0e300c06082b060102010101000500'.replaceAll(' ', ''),
    'hex',
  );
  const body = Buffer.concat([Buffer.from([2, 1, 1, 4, community.length]), community, pdu]);
  const snmp = Buffer.concat([Buffer.from([0x30, body.length]), body]);
  const sip = [
    'REGISTER sip:example.com SIP/2.0',
    'Via: SIP/2.0/UDP 10.6.0.4:5060;branch=z9hG4bK7',
    'From: <sip:bob@example.com>;tag=1',
    'To: <sip:bob@example.com>',
    'Call-ID: 7@10.6.0.4',
    'CSeq: 1 REGISTER',
    `Authorization: Digest username="bob", realm="x", nonce="y", uri="sip:example.com", response="${SECRETS.digest}"`,
    'Content-Length: 0',
  ].join('\r\n');
  const ends = { from: CLIENT, to: SERVER };
  return [
    udp({ ...ends, source: 50_000, target: 161 }, snmp),
    udp({ ...ends, source: 5060, target: 5060 }, `${sip}\r\n\r\n`),
  ];
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');
