import { tcp } from '../measure/wire.ts';

export const CLIENT = '10.6.0.4';
export const SERVER = '10.6.0.9';
export const SYN = 0x02;
const [ACK, PUSH] = [0x10, 0x18];

/** Gives the text for a place in the protocols, which is named. */
export type Say = (place: string) => string;

export type Said = readonly ['client' | 'server', string | Buffer];

/** A TCP connection of the two in which they say this, one after the other. */
export function talk(source: number, target: number, said: readonly Said[]): Buffer[] {
  const next = { client: 1_000, server: 5_000 };
  const there = { from: CLIENT, to: SERVER, source, target };
  const back = { from: SERVER, to: CLIENT, source: target, target: source };
  const send = (who: 'client' | 'server', flags: number, payload: Buffer): Buffer => {
    const other = who === 'client' ? next.server : next.client;
    const segment = { flags, sequence: next[who], acknowledgement: flags === SYN ? 0 : other };
    next[who] += payload.length + ((flags & SYN) === 0 ? 0 : 1);
    return tcp(who === 'client' ? there : back, segment, payload);
  };
  const nothing = Buffer.alloc(0);
  const opening = [
    send('client', SYN, nothing),
    send('server', SYN | ACK, nothing),
    send('client', ACK, nothing),
  ];
  const rest = said.flatMap(([who, text]) => {
    const bytes = Buffer.from(text);
    const pieces = Array.from({ length: Math.ceil(bytes.length / 1_400) }, (_, at) =>
      bytes.subarray(at * 1_400, (at + 1) * 1_400),
    );
    return pieces.map((piece) => send(who, PUSH, piece));
  });
  return [...opening, ...rest];
}
