import type { Packet } from '../packet.ts';
import { has, number, numbers, raw, text } from '../row.ts';
import type { LoginSign } from './login-signs.ts';

/** STATUS_… values of [MS-ERREF] with which a Windows logon fails for the credentials or the account. */
const LOGON_FAILURES = [
  0xc0000064, 0xc000006a, 0xc000006d, 0xc000006e, 0xc000006f, 0xc0000070, 0xc0000071, 0xc0000072, 0xc000015b,
  0xc0000193, 0xc0000224, 0xc0000234,
];
const listed = LOGON_FAILURES.map((status) => `0x${status.toString(16)}`).join(', ');
const SESSION_SETUP = 1;
const SESSION_SETUP_SMB1 = 0x73;

/** ACCESS DENIED of MySQL; the login errors of SQL Server and of PostgreSQL (class 28). */
const MYSQL_DENIED = 1045;
const SQL_SERVER_DENIED = 18_456;

/** Principal not known, account locked or expired, password expired. */
const KERBEROS_REFUSALS = [6, 18, 23];

const refused = (
  id: string,
  protocol: string,
  layer: string,
  filter: string,
  holds: (packet: Packet) => boolean,
): LoginSign => ({
  id,
  protocol,
  layer,
  from: 'server',
  shows: (packet) => (holds(packet) ? 'yes' : 'no'),
  filter,
});

const among = (values: readonly number[], wanted: readonly number[]): boolean =>
  values.some((value) => wanted.includes(value));

/** "Login incorrect" in the words of telnet, rlogin and FTP servers, of devices, and of Windows. */
const TERMINAL_REFUSAL =
  '(login|password) (is )?(incorrect|invalid|failed)|bad (password|passwords)|authentication (failed|failure)|access denied';
const terminal = new RegExp(TERMINAL_REFUSAL, 'i');

/** How mail servers word it; other errors of theirs are about mailboxes and messages. */
const MAIL_REFUSAL = 'auth|login|logon|password|credential|access denied|invalid user';
const mail = new RegExp(MAIL_REFUSAL, 'i');

/** An error in an answer that says HTTP 200, in one segment and without a form that could merely mention it. */
const HIDDEN_REFUSAL = [
  '(invalid|incorrect|wrong|bad)[ _-]{0,3}(user ?name|login|password|passwd|credential|api[ _-]?key)',
  'password[^<]{0,40}(incorrect|invalid|not match|is wrong)',
  '(authentication|login|logon)[ _]?(has )?(failed|failure|unsuccessful)',
  'error"? ?: ?"(invalid_grant|invalid_client|unauthorized|access_denied)"',
].join('|');
const hidden = new RegExp(HIDDEN_REFUSAL, 'i');
const SHORT_ANSWER = 1_200;
const HTTP_HEX = '485454502f312e';

function isHiddenRefusal({ row, transport }: Packet): boolean {
  const length = transport?.payload ?? 0;
  if (number(row, 'http.response.code') !== 200 || length > SHORT_ANSWER) return false;
  const payload = raw(row, 'tcp.payload');
  if (!payload.startsWith(HTTP_HEX)) return false;
  const said = Buffer.from(payload.slice(0, SHORT_ANSWER * 2), 'hex').toString('latin1');
  return hidden.test(said) && !/<form/i.test(said);
}

/** Logins that servers of further protocols refused. */
export const MORE_REFUSALS: readonly LoginSign[] = [
  refused(
    'http-hidden',
    'An answer with HTTP status 200',
    'http',
    `http.response.code == 200 && tcp.len <= ${SHORT_ANSWER} && tcp.payload[0:7] == 48:54:54:50:2f:31:2e && ` +
      `tcp.payload matches r"(?i)${HIDDEN_REFUSAL.replaceAll('"', String.raw`\x22`)}" && !(tcp.payload matches r"(?i)<form")`,
    isHiddenRefusal,
  ),
  refused(
    'http-proxy',
    'An HTTP proxy',
    'http',
    'http.response.code == 407',
    ({ row }) => number(row, 'http.response.code') === 407,
  ),
  refused(
    'smb2',
    'SMB2',
    'smb2',
    `smb2.cmd == ${SESSION_SETUP} && smb2.nt_status in {${listed}}`,
    ({ row }) =>
      numbers(row, 'smb2.cmd').includes(SESSION_SETUP) &&
      among(numbers(row, 'smb2.nt_status'), LOGON_FAILURES),
  ),
  refused(
    'smb',
    'SMB',
    'smb',
    `smb.cmd == ${SESSION_SETUP_SMB1} && smb.nt_status in {${listed}}`,
    ({ row }) =>
      numbers(row, 'smb.cmd').includes(SESSION_SETUP_SMB1) &&
      among(numbers(row, 'smb.nt_status'), LOGON_FAILURES),
  ),
  refused('kerberos-account', 'Kerberos', 'kerberos', 'kerberos.error_code in {6, 18, 23}', ({ row }) =>
    among(numbers(row, 'kerberos.error_code'), KERBEROS_REFUSALS),
  ),
  refused('mysql', 'MySQL', 'mysql', `mysql.error_code == ${MYSQL_DENIED}`, ({ row }) =>
    numbers(row, 'mysql.error_code').includes(MYSQL_DENIED),
  ),
  refused('pgsql', 'PostgreSQL', 'pgsql', 'pgsql.code matches "^28"', ({ row }) =>
    text(row, 'pgsql.code').startsWith('28'),
  ),
  refused('tds', 'SQL Server', 'tds', `tds.error.number == ${SQL_SERVER_DENIED}`, ({ row }) =>
    numbers(row, 'tds.error.number').includes(SQL_SERVER_DENIED),
  ),
  refused('radius', 'RADIUS', 'radius', 'radius.code == 3', ({ row }) =>
    numbers(row, 'radius.code').includes(3),
  ),
  refused(
    'pop',
    'POP3',
    'pop',
    `pop.response.indicator == "-ERR" && pop.response.description matches r"(?i)${MAIL_REFUSAL}"`,
    ({ row }) =>
      text(row, 'pop.response.indicator') === '-ERR' && mail.test(text(row, 'pop.response.description')),
  ),
  refused(
    'imap',
    'IMAP',
    'imap',
    `imap.response.status == "NO" && imap.response matches r"(?i)${MAIL_REFUSAL}"`,
    ({ row }) => text(row, 'imap.response.status') === 'NO' && mail.test(text(row, 'imap.response')),
  ),
  refused(
    'telnet',
    'Telnet',
    'telnet',
    `telnet.data matches r"(?i)${TERMINAL_REFUSAL}"`,
    ({ row }) => has(row, 'telnet.data') && terminal.test(raw(row, 'telnet.data').slice(0, 2_000)),
  ),
  refused('socks', 'SOCKS', 'socks', 'socks.auth_status > 0', ({ row }) =>
    numbers(row, 'socks.auth_status').some((status) => status > 0),
  ),
];
