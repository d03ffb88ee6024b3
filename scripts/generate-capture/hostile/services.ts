import { ascii } from '../../../src/local-azure/traffic/packets/bytes.ts';

/** What a service hears and says first, well formed as far as it goes. */
export interface Service {
  name: string;
  over: 'tcp' | 'udp';
  ports: readonly [number, ...number[]];
  ask: Uint8Array;
  answer: Uint8Array;
  /** Whether the server says its `answer` before it is asked. */
  greets?: boolean;
}

/** Bytes as hexadecimal digits, blanks where they help the eye. */
export const hex = (text: string): Uint8Array =>
  Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
/** Lines as protocols in text end them. */
export const lines = (...all: string[]): Uint8Array => ascii(`${all.join('\r\n')}\r\n`);

export const sip = (first: string, ...more: string[]): Uint8Array =>
  lines(
    first,
    'Via: SIP/2.0/UDP 10.0.1.9:5060;branch=z9hG4bK776asdhds',
    'From: "A" <sip:a@example.com>;tag=1928301774',
    'To: <sip:b@example.com>',
    'Call-ID: a84b4c76e66710@example.com',
    ...more,
    'Content-Length: 0',
    '',
  );
