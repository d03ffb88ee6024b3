import type { ContentSign } from './sign.ts';

const raw = String.raw;
/** Text of these may show a prompt without being a shell: pages, mail, files; or is a login of its own kind. */
const NOT_A_SHELL = [
  'http',
  'smtp',
  'imap',
  'pop',
  'nntp',
  'telnet',
  'rlogin',
  'rsh',
  'ftp-data',
  'smb',
  'smb2',
  'tls',
  'ssh',
  'irc',
];

const shell = (name: string, pattern: string, more: Partial<ContentSign> = {}): ContentSign => ({
  kind: 'remote_shell',
  name,
  severity: 'high',
  // The host that prints a prompt is the one that is controlled.
  actor: 'receiver',
  over: 'tcp',
  pattern,
  outside: NOT_A_SHELL,
  source: 'what the shell prints',
  ...more,
});

/** Command interpreters that answer over a plain connection. */
export const SHELL_SIGNS: readonly ContentSign[] = [
  shell('the greeting of Windows', raw`Microsoft[ (][^\r\n\[]{0,30}\[Version [0-9]`),
  shell('a Windows prompt', raw`(^|\n)(PS )?[A-Za-z]:\x5c[^\r\n<>|]{0,160}> ?$`),
  shell('the output of dir', raw`Volume Serial Number is [0-9A-F]{4}-[0-9A-F]{4}`),
  shell('the output of id', raw`uid=[0-9]{1,6}\([a-z0-9_.-]{1,32}\) gid=[0-9]`),
  shell(
    'a Unix prompt',
    raw`(^|\n|\x07)(\x1b\[[0-9;?]{0,8}[a-zA-Z]){0,4}(root|[a-z_][a-z0-9_-]{0,30})@[A-Za-z0-9._-]{1,60}:[^\r\n]{1,100}[#$] ?(\x1b\[[0-9;?]{0,8}[a-zA-Z]){0,2}$`,
  ),
  shell('a Unix prompt', raw`(^|\n)(ba|k|z|c)?sh-[0-9.]{1,6}[a-z]?[#$] $`),
  shell(
    'a shell without a terminal',
    raw`(no job control in this shell|can't access tty; job control turned off)`,
  ),
  shell(
    'commands that somebody types one by one',
    raw`^(id|whoami|pwd|hostname|ifconfig|ls( -[a-zA-Z]{1,4})?|uname -a|cat /etc/(passwd|shadow)|dir|ipconfig( /all)?|systeminfo|tasklist|net (user|localgroup|view)[^\r\n]{0,60}|cd [^\r\n]{1,80})\r?\n$`,
    { actor: 'sender', atLeast: 2 },
  ),
  shell(
    'a command that fetches a program',
    raw`(tftp(\.exe)? -(i|g) [0-9a-z.]{3,40}|certutil[^\r\n]{1,40}-urlcache|bitsadmin[^\r\n]{1,40}/transfer|echo open [0-9.]{7,15} [0-9]{1,5} ?>)`,
    { actor: 'sender', anyCase: true },
  ),
];
