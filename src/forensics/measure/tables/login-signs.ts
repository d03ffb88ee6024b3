import type { Packet } from '../packet.ts';
import { all, has, number, numbers, text } from '../row.ts';
import { FOREIGN_PASSWORD } from './foreign-passwords.ts';
import { MORE_REFUSALS } from './login-refusals.ts';

/** How one protocol shows a password, or the refusal of one. */
export interface LoginSign {
  id: string;
  /** For people. */
  protocol: string;
  layer: string;
  from: 'client' | 'server';
  shows: (packet: Packet) => 'yes' | 'no' | 'anonymous';
  /** Display filter for the same packets. */
  filter: string;
}

const when = (condition: boolean): 'yes' | 'no' => (condition ? 'yes' : 'no');
const PASSWORD_KEY = /passw|passwd|pwd|^pass$/i;

/** Passwords that anybody on the path can read. */
export const SECRETS: readonly LoginSign[] = [
  {
    id: 'http-basic',
    protocol: 'HTTP Basic authentication',
    layer: 'http',
    from: 'client',
    shows: ({ row }) => when(has(row, 'http.authbasic')),
    filter: 'http.authbasic',
  },
  {
    id: 'http-form',
    protocol: 'an HTTP form',
    layer: 'http',
    from: 'client',
    shows: ({ row }) => when(all(row, 'urlencoded-form.key').some((key) => PASSWORD_KEY.test(key))),
    filter: 'urlencoded-form.key matches "(?i)(passw|passwd|pwd|^pass$)"',
  },
  {
    id: 'ftp',
    protocol: 'FTP',
    layer: 'ftp',
    from: 'client',
    shows: ({ row }) => {
      const command = text(row, 'ftp.request.command').toUpperCase();
      const guest = command === 'USER' && /^(anonymous|ftp)$/i.test(text(row, 'ftp.request.arg'));
      return guest ? 'anonymous' : when(command === 'PASS');
    },
    filter: 'ftp.request.command matches "(?i)^pass$"',
  },
  {
    id: 'pop',
    protocol: 'POP3',
    layer: 'pop',
    from: 'client',
    shows: ({ row }) => when(text(row, 'pop.request.command').toUpperCase() === 'PASS'),
    filter: 'pop.request.command matches "(?i)^pass$"',
  },
  {
    id: 'imap',
    protocol: 'IMAP',
    layer: 'imap',
    from: 'client',
    shows: ({ row }) => when(text(row, 'imap.request.command').toUpperCase() === 'LOGIN'),
    filter: 'imap.request.command matches "(?i)^login$"',
  },
  {
    id: 'smtp',
    protocol: 'SMTP',
    layer: 'smtp',
    from: 'client',
    shows: ({ row }) => when(has(row, 'smtp.auth.password') || has(row, 'smtp.auth.username_password')),
    filter: '(smtp.auth.password || smtp.auth.username_password)',
  },
  {
    id: 'telnet',
    protocol: 'Telnet',
    layer: 'telnet',
    from: 'server',
    shows: ({ row }) => when(/password:/i.test(text(row, 'telnet.data'))),
    filter: 'telnet.data matches "(?i)password:"',
  },
  FOREIGN_PASSWORD,
];

/** Logins that the server refused. */
export const REFUSALS: readonly LoginSign[] = [
  {
    id: 'ldap',
    protocol: 'LDAP',
    layer: 'ldap',
    from: 'server',
    shows: ({ row }) => when(numbers(row, 'ldap.resultCode').includes(49)),
    filter: 'ldap.resultCode == 49',
  },
  {
    id: 'ftp',
    protocol: 'FTP',
    layer: 'ftp',
    from: 'server',
    shows: ({ row }) => when(number(row, 'ftp.response.code') === 530),
    filter: 'ftp.response.code == 530',
  },
  {
    id: 'smtp',
    protocol: 'SMTP',
    layer: 'smtp',
    from: 'server',
    shows: ({ row }) => when(number(row, 'smtp.response.code') === 535),
    filter: 'smtp.response.code == 535',
  },
  {
    id: 'kerberos',
    protocol: 'Kerberos',
    layer: 'kerberos',
    from: 'server',
    shows: ({ row }) => when(number(row, 'kerberos.error_code') === 24),
    filter: 'kerberos.error_code == 24',
  },
  {
    id: 'http',
    protocol: 'HTTP',
    layer: 'http',
    from: 'server',
    shows: ({ row }) => when(number(row, 'http.response.code') === 401),
    filter: 'http.response.code == 401',
  },
  ...MORE_REFUSALS,
];

/** A 401 in answer to credentials: what came before tells, so this sign shows no packet by itself. */
export const HTTP_CREDENTIALS: LoginSign = {
  id: 'http-credentials',
  protocol: 'HTTP',
  layer: 'http',
  from: 'server',
  shows: () => 'no',
  filter: 'http.response.code == 401',
};

/** The sign of this id. */
export function signOf(signs: readonly LoginSign[], id: string): LoginSign | undefined {
  return signs.find((sign) => sign.id === id);
}
