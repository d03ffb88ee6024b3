import { latin1 } from '../bytes.ts';
import { layer, type LayerName } from '../layers.ts';
import { tlsIfAgreed } from './tls.ts';
import { hear, hearLayer, HIDDEN, type Dialogue, type Heard, type MessageReader } from './heard.ts';

const LONGEST_LINE = 4096;
const NEWLINE = 10;

type Tell = (heard: Heard, line: string, dialogue: Dialogue) => void;

/** Protocols that speak in lines: what a client's and what a server's line says. */
const PROTOCOLS: Record<'ftp' | 'smtp' | 'pop' | 'imap', { client: Tell; server: Tell }> = {
  ftp: { client: ftpRequest, server: ftpResponse },
  smtp: { client: smtpRequest, server: smtpResponse },
  pop: { client: popRequest, server: popResponse },
  imap: { client: imapRequest, server: imapResponse },
};

export type LineProtocol = keyof typeof PROTOCOLS;

/** Reads a protocol of lines in one direction. */
export function createLineReader(
  name: LineProtocol,
  role: 'client' | 'server',
  dialogue: Dialogue,
): MessageReader {
  const number = layer(name satisfies LayerName);
  const tell = PROTOCOLS[name][role];
  return {
    begins: () => true,
    successor: (bytes, start, end) => tlsIfAgreed(dialogue, bytes, start, end),
    take: (bytes, start, end, heard) => {
      const newline = bytes.indexOf(NEWLINE, start);
      if (newline < 0 || newline >= end) return end - start > LONGEST_LINE ? -1 : 0;
      hearLayer(heard, number);
      if (newline - start <= LONGEST_LINE)
        tell(heard, latin1(bytes, start, newline).replace(/\r$/, ''), dialogue);
      return newline + 1 - start;
    },
    finish: () => undefined,
  };
}

function ftpRequest(heard: Heard, line: string, dialogue: Dialogue): void {
  const [command = '', argument = ''] = line.split(' ');
  if (/^auth (tls|ssl)/i.test(line)) dialogue.secure = 'asked';
  hear(heard, 'ftp.request.command', command);
  // Only names of guests matter; what stands behind PASS is nobody's business.
  if (argument !== '') hear(heard, 'ftp.request.arg', /^user$/i.test(command) ? argument : HIDDEN);
}

function ftpResponse(heard: Heard, line: string, dialogue: Dialogue): void {
  const code = /^(\d{3})[ -]/.exec(line)?.[1];
  agree(dialogue, code === '234');
  if (code !== undefined) hear(heard, 'ftp.response.code', code);
}

/** AUTH LOGIN asks for user name and password one after the other; AUTH PLAIN sends both in one (RFC 4954). */
function smtpRequest(heard: Heard, line: string, dialogue: Dialogue): void {
  if (/^starttls\b/i.test(line)) dialogue.secure = 'asked';
  const auth = /^auth (plain|login)\b *(\S*)/i.exec(line);
  if (auth !== null) {
    const isPlain = auth[1]?.toLowerCase() === 'plain';
    const hasMore = auth[2] !== '';
    if (isPlain && hasMore) hear(heard, 'smtp.auth.username_password', HIDDEN);
    dialogue.login = isPlain ? 'none' : hasMore ? 'password' : 'user';
  } else if (dialogue.login === 'user') {
    dialogue.login = 'password';
  } else if (dialogue.login === 'password') {
    hear(heard, 'smtp.auth.password', HIDDEN);
    dialogue.login = 'none';
  }
}

function smtpResponse(heard: Heard, line: string, dialogue: Dialogue): void {
  const code = /^(\d{3})(?:[ -]|$)/.exec(line)?.[1];
  agree(dialogue, code === '220');
  if (code !== undefined) hear(heard, 'smtp.response.code', code);
}

function popRequest(heard: Heard, line: string, dialogue: Dialogue): void {
  if (/^stls\b/i.test(line)) dialogue.secure = 'asked';
  const command = /^[A-Za-z]{3,10}/.exec(line)?.[0];
  if (command !== undefined) hear(heard, 'pop.request.command', command);
}

function popResponse(_heard: Heard, line: string, dialogue: Dialogue): void {
  agree(dialogue, line.startsWith('+OK'));
}

function imapRequest(heard: Heard, line: string, dialogue: Dialogue): void {
  if (/^\S{1,40} starttls\b/i.test(line)) dialogue.secure = 'asked';
  const command = /^\S{1,40} ([A-Za-z]{2,20})/.exec(line)?.[1];
  if (command !== undefined) hear(heard, 'imap.request.command', command);
}

function imapResponse(_heard: Heard, line: string, dialogue: Dialogue): void {
  if (!line.startsWith('*')) agree(dialogue, /^\S{1,40} ok\b/i.test(line));
}

/** The server's answer to a client that wants TLS from now on. */
function agree(dialogue: Dialogue, isYes: boolean): void {
  if (dialogue.secure === 'asked') dialogue.secure = isYes ? 'agreed' : 'no';
}
