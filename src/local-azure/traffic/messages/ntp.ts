import { concat, long, octets } from '../packets/bytes.ts';

const secondsFrom1900To1970 = 2_208_988_800;

/** A 48-byte NTPv4 message; the times are seconds since the Unix epoch. */
export function ntpMessage(
  mode: 'client' | 'server',
  times: { origin: number; transmit: number },
): Uint8Array {
  const client = mode === 'client';
  const stratum = client ? 0 : 2;
  const zero = new Uint8Array(8);
  return concat(
    octets(client ? 0x23 : 0x24, stratum, 6, 0xe9),
    long(0),
    long(client ? 0 : 0x40),
    client ? long(0) : octets(192, 0, 2, 1),
    client ? zero : stamp(times.transmit - 12),
    client ? zero : stamp(times.origin),
    client ? zero : stamp(times.transmit),
    stamp(times.transmit),
  );
}

function stamp(time: number): Uint8Array {
  const whole = Math.floor(time);
  return concat(
    long((whole + secondsFrom1900To1970) >>> 0),
    long(Math.floor((time - whole) * 2 ** 32) >>> 0),
  );
}
