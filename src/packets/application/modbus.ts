import { u16, u8 } from '../bytes.ts';
import { layer } from '../layers.ts';
import { hear, hearLayer, type MessageReader } from './heard.ts';

const MBTCP = layer('mbtcp');
const MODBUS = layer('modbus');
const HEADER = 7;
const LONGEST = 254;

/** Modbus over TCP: exceptions are answers whose function code has its highest bit set. */
export function createModbusReader(): MessageReader {
  return {
    begins: isModbus,
    take: (bytes, start, end, heard) => {
      if (end - start < HEADER) return 0;
      if (!isModbus(bytes, start, end)) return -1;
      const length = 6 + u16(bytes, start + 4);
      if (end - start < length) return 0;
      hearLayer(heard, MBTCP);
      if (length > HEADER) {
        hearLayer(heard, MODBUS);
        hear(heard, 'modbus.func_code', String(u8(bytes, start + HEADER) & 0x7f));
      }
      const isException = length > HEADER + 1 && (u8(bytes, start + HEADER) & 0x80) !== 0;
      if (isException) hear(heard, 'modbus.exception_code', String(u8(bytes, start + HEADER + 1)));
      return length;
    },
    finish: () => undefined,
  };
}

function isModbus(bytes: Uint8Array, start: number, end: number): boolean {
  const length = u16(bytes, start + 4);
  return end - start >= HEADER && u16(bytes, start + 2) === 0 && length >= 2 && length <= LONGEST;
}
