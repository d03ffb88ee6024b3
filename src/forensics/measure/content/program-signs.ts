import type { ContentSign } from './sign.ts';

const raw = String.raw;
const program = (name: string, pattern: string, more: Partial<ContentSign>): ContentSign => ({
  kind: 'malware_download',
  name,
  severity: 'high',
  actor: 'sender',
  over: 'tcp',
  pattern,
  source: 'the format of the file',
  ...more,
});
const PE = raw`^MZ.{30,1000}(This program (cannot|must) be run|PE\x00\x00)`;
const ELF = raw`^\x7fELF[\x01\x02][\x01\x02]\x01`;
/** Protocols that carry programs as a matter of course, or where other rules look. */
const CARRIERS = [
  'http',
  'smb',
  'smb2',
  'nfs',
  'smtp',
  'imap',
  'pop',
  'tls',
  'ssh',
  'ftp-data',
  'bittorrent',
];

/** Programs on ways that honest software does not take. */
export const PROGRAM_SIGNS: readonly ContentSign[] = [
  program('a Windows program over a bare connection', PE, { outside: CARRIERS }),
  program('a Unix program over a bare connection', ELF, { outside: CARRIERS }),
  program('a Windows program over TFTP', raw`^\x00\x03\x00\x01MZ`, { over: 'udp' }),
  program('a Unix program over TFTP', raw`^\x00\x03\x00\x01\x7fELF`, { over: 'udp', severity: 'medium' }),
  program('a Windows program over FTP', PE, { inside: ['ftp-data'], severity: 'medium' }),
];
