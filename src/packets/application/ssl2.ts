import { u16, u8 } from '../bytes.ts';
import { layer } from '../layers.ts';
import { hear, hearLayer, hex16, type Heard } from './heard.ts';

const TLS = layer('tls');
const SSL2 = 0x0002;
const CLIENT_HELLO = 1;
const SERVER_HELLO = 4;

/** Whether an SSL 2 hello begins here; clients of SSL 3 and TLS 1 used its form too, with their own version in it. */
export function isSsl2Hello(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < 9 || (u8(bytes, start) & 0x80) === 0) return false;
  const type = u8(bytes, start + 2);
  if (type === CLIENT_HELLO) {
    const version = u16(bytes, start + 3);
    return version === SSL2 || (version >= 0x0300 && version <= 0x0303);
  }
  return type === SERVER_HELLO && u8(bytes, start + 3) <= 1 && u16(bytes, start + 5) === SSL2;
}

/** Takes such a hello and tells its version. */
export function takeSsl2(bytes: Uint8Array, start: number, end: number, heard: Heard): number {
  const length = 2 + (u16(bytes, start) & 0x7fff);
  if (length < 9) return -1;
  if (end - start < length) return 0;
  const isClient = u8(bytes, start + 2) === CLIENT_HELLO;
  hearLayer(heard, TLS);
  hear(heard, 'tls.record.version', hex16(SSL2));
  hear(heard, 'tls.handshake.version', hex16(u16(bytes, isClient ? start + 3 : start + 5)));
  return length;
}
