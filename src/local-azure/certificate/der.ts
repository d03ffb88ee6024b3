/** Distinguished Encoding Rules, as far as an X.509 certificate needs them. */
export const der = {
  sequence: (...items: readonly Uint8Array[]) => element(0x30, Buffer.concat(items)),
  set: (...items: readonly Uint8Array[]) => element(0x31, Buffer.concat(items)),
  /** An unsigned big-endian number. */
  integer: (bytes: Uint8Array) =>
    element(0x02, (bytes[0] ?? 0) > 127 ? Buffer.concat([Buffer.of(0), bytes]) : Buffer.from(bytes)),
  bitString: (bytes: Uint8Array, unusedBits = 0) =>
    element(0x03, Buffer.concat([Buffer.of(unusedBits), bytes])),
  octetString: (bytes: Uint8Array) => element(0x04, bytes),
  boolean: (value: boolean) => element(0x01, Buffer.of(value ? 0xff : 0)),
  utf8: (text: string) => element(0x0c, Buffer.from(text)),
  objectIdentifier: (dotted: string) => element(0x06, Buffer.from(arcs(dotted))),
  /** To the second; years 1950 to 2049 only. */
  utcTime: (time: Date) =>
    element(0x17, Buffer.from(`${time.toISOString().replace(/[-:T]/gu, '').slice(2, 14)}Z`)),
  /** A context-specific element around others. */
  explicit: (tag: number, content: Uint8Array) => element(0xa0 | tag, content),
  /** A context-specific element with bare content. */
  implicit: (tag: number, content: Uint8Array) => element(0x80 | tag, content),
};

function element(tag: number, content: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(tag), lengthBytes(content.length), content]);
}

function lengthBytes(length: number): Buffer {
  if (length < 128) {
    return Buffer.of(length);
  }
  return length < 256 ? Buffer.of(0x81, length) : Buffer.of(0x82, length >>> 8, length & 255);
}

function arcs(dotted: string): number[] {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return [first * 40 + second, ...rest.flatMap(base128)];
}

function base128(value: number): number[] {
  const digits = [value & 127];
  for (let left = value >>> 7; left > 0; left >>>= 7) {
    digits.unshift((left & 127) | 128);
  }
  return digits;
}
