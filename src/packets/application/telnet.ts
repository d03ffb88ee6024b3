import { latin1 } from '../bytes.ts';
import { layer } from '../layers.ts';
import { hear, hearLayer, HIDDEN, type MessageReader } from './heard.ts';

const TELNET = layer('telnet');

/** Telnet: what the server shows is told, what the client types is not, since it may be a password. */
export function createTelnetReader(role: 'client' | 'server'): MessageReader {
  return {
    begins: () => true,
    take: (bytes, start, end, heard) => {
      hearLayer(heard, TELNET);
      hear(
        heard,
        'telnet.data',
        role === 'client' ? HIDDEN : latin1(bytes, start, Math.min(end, start + 512)),
      );
      return end - start;
    },
    finish: () => undefined,
  };
}

/** A protocol that is only named. */
export function createNamedReader(number: number): MessageReader {
  return {
    begins: () => true,
    take: (_bytes, start, end, heard) => {
      hearLayer(heard, number);
      return end - start;
    },
    finish: () => undefined,
  };
}
