import type { ContentSign } from './sign.ts';

const raw = String.raw;
const secret = (name: string, pattern: string, more: Partial<ContentSign> = {}): ContentSign => ({
  kind: 'cleartext_credentials',
  name,
  severity: 'medium',
  actor: 'sender',
  over: 'tcp',
  pattern,
  from: 'client',
  anyCase: true,
  source: 'the protocol itself; the password is not repeated here',
  ...more,
});

/** Passwords in the clear that no field of a dissector shows; they are recognised, never kept. */
export const SECRET_SIGNS: readonly ContentSign[] = [
  secret(
    'a password in JSON',
    raw`[{,][ \r\n\t]{0,20}\x22(user_?)?(password|passwd|pwd)\x22[ ]{0,3}:[ ]{0,3}\x22[^\x22]`,
    {
      inside: ['http'],
    },
  ),
  secret(
    'a password in a web form of several parts',
    raw`form-data; name=\x22[a-z_\[]{0,20}(password|passwd|pwd|pass)\]?\x22\r\n`,
    {
      inside: ['http'],
    },
  ),
  secret(
    'a password in the address of a request',
    raw`^(GET|POST|PUT) [^ \r\n]{1,1000}?[?&](password|passwd|pwd|userpass|pass)=[^& \r\n]`,
  ),
  secret('a login of a proxy', raw`\r\nProxy-Authorization: Basic [A-Za-z0-9+/=]{4}`),
  secret('an SASL login', raw`^(AUTH|[A-Z0-9.]{1,10} AUTHENTICATE) PLAIN [A-Za-z0-9+/=]{8}`, {
    ports: [25, 110, 143, 587, 24, 4190],
    outside: ['smtp'],
  }),
  secret('a login of a mailbox', raw`^[A-Z0-9.]{1,12} LOGIN [^\r\n ]{1,100} [^\r\n]{1,100}\r\n`, {
    ports: [143],
    outside: ['imap'],
  }),
  secret('a login of a news server', raw`^AUTHINFO PASS [^\r\n]`, { ports: [119] }),
  secret(
    'a password for IRC',
    raw`(^|\r\n)(PRIVMSG NickServ :IDENTIFY |OPER [^ \r\n]{1,40} |PASS )[^\r\n]{2}`,
    {
      ports: [6660, 6661, 6662, 6663, 6664, 6665, 6666, 6667, 6668, 6669, 7000],
    },
  ),
  secret(
    'a simple bind of a directory',
    raw`^\x30.{1,8}?\x60.{1,5}?\x02\x01[\x02\x03]\x04[^\x00].{1,200}?\x80[\x01-\x7f]`,
    {
      ports: [389, 3268],
      anyCase: false,
    },
  ),
  secret('a password of Redis', raw`^\*[23]\r\n\$4\r\nAUTH\r\n|^AUTH [^\r\n]{1,100}\r\n`, { ports: [6379] }),
  secret('a login of a broker', raw`^\x10.{1,4}\x00[\x04\x06]MQ(TT|Isdp)[\x03-\x05][\xc0-\xff]`, {
    anyCase: false,
  }),
  secret('a login of SOCKS', raw`^\x01[\x01-\x40][!-~]{1,64}[\x01-\x40][!-~]{1,64}$`, {
    ports: [1080, 9050],
    anyCase: false,
  }),
  secret('a password of CVS', raw`^BEGIN (AUTH|VERIFICATION) REQUEST\n`),
  secret('an rlogin or rsh session', raw`^\x00[!-~]{1,40}\x00[!-~]{1,40}\x00[!-~]{1,40}/[0-9]{2,6}\x00`, {
    ports: [513],
    anyCase: false,
    severity: 'medium',
  }),
  secret('a password of PostgreSQL', raw`^p\x00\x00\x00[\x05-\x40][!-~]{1,59}\x00$`, {
    ports: [5432],
    anyCase: false,
  }),
  secret(
    'a password of XMPP',
    raw`<auth [^>]{0,120}mechanism=['\x22]PLAIN['\x22][^>]{0,120}>[A-Za-z0-9+/=]{6}`,
  ),
  {
    ...secret('the community of SNMP', raw`^\x30.{1,3}?\x02\x01[\x00\x01]\x04[\x01-\x20][!-~]`, {
      anyCase: false,
      severity: 'low',
    }),
    over: 'udp',
    ports: [161],
  },
];

const refusal = (name: string, pattern: string, more: Partial<ContentSign> = {}): ContentSign => ({
  kind: 'auth_failure',
  name,
  severity: 'medium',
  // Whoever is refused is the one that acts.
  actor: 'receiver',
  over: 'tcp',
  pattern,
  from: 'server',
  source: 'the answer of the server',
  ...more,
});

/** Logins refused in protocols that the fields of dissectors do not cover. */
export const REFUSAL_SIGNS: readonly ContentSign[] = [
  refusal(
    'the refusal of a VNC password',
    raw`^\x00\x00\x00[\x01\x02](\x00\x00\x00[\x05-\x60][ -~]{5,96})?$`,
    {
      ports: [5900, 5901, 5902, 5903, 5904, 5905],
    },
  ),
  refusal('the refusal of a Redis password', raw`^-(ERR invalid password|WRONGPASS)`),
  refusal('the refusal of a login by a broker', raw`^\x20\x02\x00[\x04\x05]$`, { ports: [1883] }),
  refusal(
    'the refusal of a login by a news server',
    raw`^(481|502) [^\r\n]{0,80}(auth|password|permission|login)`,
    {
      ports: [119],
      anyCase: true,
    },
  ),
  refusal(
    'the refusal of an XMPP login',
    raw`<failure [^>]{0,80}>[^<]{0,20}<(not-authorized|invalid-authzid|credentials-expired)`,
  ),
  refusal('the refusal of an IRC password', raw`(^|\r\n):[^ \r\n]{1,80} 464 `),
  refusal(
    'the refusal of a login by a database',
    raw`(Authentication failed\.|ORA-01017|ORA-28000|not authorized on [a-z]{1,30} to execute command)`,
    {
      ports: [27_017, 27_018, 1521, 1526],
    },
  ),
  refusal('the refusal of an rsync password', raw`^@ERROR: auth failed`),
];
