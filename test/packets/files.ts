/** A packet that a test wants in a file. */
export interface TestPacket {
  data: Buffer;
  seconds?: number;
  /** In units of the file. */
  fraction?: number;
  wireLength?: number;
}

export interface PcapOptions {
  little?: boolean;
  nanoseconds?: boolean;
  linkType?: number;
}

/** A classic pcap file. */
export function pcap(packets: readonly TestPacket[], options: PcapOptions = {}): Buffer {
  const { little = true, nanoseconds = false, linkType = 1 } = options;
  const magic = nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4;
  const header = words(little, [magic, 0, 0, 0, 65_535, linkType]);
  put16(header, little, 4, 2);
  put16(header, little, 6, 4);
  const records = packets.map(({ data, seconds = 1, fraction = 0, wireLength = data.length }) =>
    Buffer.concat([words(little, [seconds, fraction, data.length, wireLength]), data]),
  );
  return Buffer.concat([header, ...records]);
}

/** One pcapng block: type, length, body padded to 4 bytes, length again. */
export function block(little: boolean, type: number, body: Buffer): Buffer {
  const padded = Buffer.concat([body, Buffer.alloc((4 - (body.length % 4)) % 4)]);
  const length = padded.length + 12;
  return Buffer.concat([words(little, [type, length]), padded, words(little, [length])]);
}

export function section(little: boolean): Buffer {
  const body = words(little, [0x1a2b3c4d, 0, 0xffffffff, 0xffffffff]);
  put16(body, little, 4, 1);
  return block(little, 0x0a0d0d0a, body);
}

/** An interface description; `options` are code and value. */
export function describe(
  little: boolean,
  linkType: number,
  options: [number, Buffer][] = [],
  snapLength = 0,
): Buffer {
  const head = words(little, [0, snapLength]);
  put16(head, little, 0, linkType);
  return block(little, 1, Buffer.concat([head, ...options.map((option) => optionBytes(little, option))]));
}

export function enhanced(
  little: boolean,
  from: number,
  units: bigint,
  data: Buffer,
  wire = data.length,
): Buffer {
  const high = Number(units >> 32n);
  const low = Number(units & 0xffffffffn);
  return block(little, 6, Buffer.concat([words(little, [from, high, low, data.length, wire]), data]));
}

/** Interface statistics with the number of packets dropped. */
export function statistics(little: boolean, from: number, dropped: number): Buffer {
  const value = little ? words(true, [dropped, 0]) : words(false, [0, dropped]);
  return block(little, 5, Buffer.concat([words(little, [from, 0, 0]), optionBytes(little, [5, value])]));
}

export function words(little: boolean, values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) {
    if (little) bytes.writeUInt32LE(value >>> 0, index * 4);
    else bytes.writeUInt32BE(value >>> 0, index * 4);
  }
  return bytes;
}

function optionBytes(little: boolean, [code, value]: [number, Buffer]): Buffer {
  const head = Buffer.alloc(4);
  put16(head, little, 0, code);
  put16(head, little, 2, value.length);
  return Buffer.concat([head, value, Buffer.alloc((4 - (value.length % 4)) % 4)]);
}

function put16(bytes: Buffer, little: boolean, at: number, value: number): void {
  if (little) bytes.writeUInt16LE(value, at);
  else bytes.writeUInt16BE(value, at);
}
