import type { ContentSign } from './sign.ts';

const raw = String.raw;
const fact = (
  kind: 'successful_login' | 'file_transfer' | 'password_changed',
  name: string,
  pattern: string,
  more: Partial<ContentSign>,
): ContentSign => ({
  kind,
  name,
  severity: 'low',
  actor: 'sender',
  over: 'tcp',
  pattern,
  source: 'the protocol itself',
  ...more,
});

/** What is no alarm by itself, but evidence: logins that worked, files that moved, passwords that changed. */
export const EVIDENCE_SIGNS: readonly ContentSign[] = [
  fact('successful_login', 'an FTP login that was accepted', raw`^230[ -]`, {
    inside: ['ftp'],
    from: 'server',
    actor: 'receiver',
  }),
  fact('successful_login', 'an SMTP login that was accepted', raw`^235[ -]`, {
    inside: ['smtp'],
    from: 'server',
    actor: 'receiver',
  }),
  fact(
    'successful_login',
    'a POP3 login that was accepted',
    raw`^\+OK[^\r\n]{0,80}(logged in|logged on|mailbox|maildrop|messages|welcome)`,
    {
      inside: ['pop'],
      from: 'server',
      actor: 'receiver',
      anyCase: true,
    },
  ),
  fact(
    'successful_login',
    'an IMAP login that was accepted',
    raw`^[A-Za-z0-9.]{1,20} OK [^\r\n]{0,80}(login|logged in|authenticat)`,
    {
      inside: ['imap'],
      from: 'server',
      actor: 'receiver',
      anyCase: true,
    },
  ),
  fact('successful_login', 'a terminal login that was accepted', raw`Last (interactive )?login: `, {
    inside: ['telnet', 'rlogin', 'rsh'],
    from: 'server',
    actor: 'receiver',
    anyCase: true,
  }),
  fact(
    'successful_login',
    'an SMB session that was accepted',
    raw`\xfeSMB\x40\x00..\x00\x00\x00\x00\x01\x00`,
    {
      ports: [139, 445],
      from: 'server',
      actor: 'receiver',
    },
  ),
  fact(
    'successful_login',
    'a Kerberos login that was accepted',
    raw`^.{0,4}\x6b\x82..\x30\x82..\xa0\x03\x02\x01\x05\xa1\x03\x02\x01\x0b`,
    { ports: [88], from: 'server', actor: 'receiver' },
  ),
  fact(
    'successful_login',
    'an LDAP bind that was accepted',
    raw`^\x30.{1,8}\x61(\x84\x00\x00\x00)?\x07\x0a\x01\x00\x04\x00\x04\x00`,
    {
      ports: [389, 3268],
      from: 'server',
      actor: 'receiver',
    },
  ),
  fact('file_transfer', 'a file sent by FTP', raw`^(STOR|STOU|APPE) `, {
    inside: ['ftp'],
    anyCase: true,
    from: 'client',
  }),
  fact('file_transfer', 'a file fetched by FTP', raw`^RETR `, {
    inside: ['ftp'],
    anyCase: true,
    from: 'client',
    actor: 'receiver',
  }),
  fact('file_transfer', 'a file fetched by TFTP', raw`^\x00\x01[ -~]{1,120}\x00(octet|netascii)\x00`, {
    over: 'udp',
    anyCase: true,
    actor: 'receiver',
  }),
  fact('file_transfer', 'a file sent by TFTP', raw`^\x00\x02[ -~]{1,120}\x00(octet|netascii)\x00`, {
    over: 'udp',
    anyCase: true,
  }),
  fact('file_transfer', 'a file attached to mail', raw`Content-Disposition: attachment`, {
    inside: ['smtp'],
    anyCase: true,
  }),
  fact('file_transfer', 'a file offered by IRC', raw`\x01DCC SEND `, {
    ports: [6666, 6667, 6668, 6669, 7000],
  }),
  fact(
    'file_transfer',
    'a file in a web form',
    raw`Content-Disposition: form-data;[^\r\n]{0,100}filename=\x22[^\x22\r\n]`,
    {
      inside: ['http'],
      anyCase: true,
      from: 'client',
    },
  ),
  fact(
    'password_changed',
    'a new password in a web form',
    raw`(^|[?&\n])(new_?(pass|passwd|password|pwd)|(pass|passwd|password|pwd)_?new)[a-z0-9_]{0,10}=[^&\r\n]`,
    {
      inside: ['http'],
      anyCase: true,
      from: 'client',
      severity: 'medium',
    },
  ),
  fact('password_changed', 'a new password for an FTP account', raw`^SITE (PSWD|CPWD) `, {
    inside: ['ftp'],
    anyCase: true,
    severity: 'medium',
  }),
  fact(
    'password_changed',
    'the word that a password was changed',
    raw`(password updated successfully|authentication tokens updated successfully|password changed)`,
    {
      inside: ['telnet', 'rlogin', 'rsh', 'data'],
      anyCase: true,
      from: 'server',
      actor: 'receiver',
      severity: 'medium',
    },
  ),
];
