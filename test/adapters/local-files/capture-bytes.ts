/** A packet as these builders take it: its time in seconds and its bytes. */
export interface TestPacket {
  time: number;
  data: Buffer;
}

/** An Ethernet frame that carries `text` behind an unused type. */
export function frame(text: string): Buffer {
  return Buffer.concat([
    Buffer.from('02000000000102000000000288b5', 'hex'),
    Buffer.from(text.padEnd(46, '.')),
  ]);
}

/** Packets one second apart from `start` on, each of which says its name and number. */
export function packetsOf(name: string, count: number, start: number): TestPacket[] {
  return Array.from({ length: count }, (_, index) => ({
    time: start + index,
    data: frame(`${name}-${index}`),
  }));
}

interface PcapShape {
  big?: boolean;
  nanoseconds?: boolean;
  linkType?: number;
  snapLength?: number;
}

export function pcap(packets: readonly TestPacket[], shape: PcapShape = {}): Buffer {
  const { big = false, nanoseconds = false, linkType = 1, snapLength = 65_535 } = shape;
  const u16 = writer(big, 2);
  const u32 = writer(big, 4);
  const magic = nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4;
  const header = [u32(magic), u16(2), u16(4), u32(0), u32(0), u32(snapLength), u32(linkType)];
  const records = packets.flatMap(({ time, data }) => [
    u32(Math.floor(time)),
    u32(Math.round((time % 1) * (nanoseconds ? 1e9 : 1e6))),
    u32(data.length),
    u32(data.length),
    data,
  ]);
  return Buffer.concat([...header, ...records]);
}

/** A section with one interface; its header says how long it is, as some writers do. */
export function pcapng(
  packets: readonly TestPacket[],
  shape: { big?: boolean; linkType?: number } = {},
): Buffer {
  const { big = false, linkType = 1 } = shape;
  const u16 = writer(big, 2);
  const u32 = writer(big, 4);
  const block = (type: number, ...body: Buffer[]): Buffer => {
    const inside = Buffer.concat(body);
    const padding = Buffer.alloc((4 - (inside.length % 4)) % 4);
    const total = u32(12 + inside.length + padding.length);
    return Buffer.concat([u32(type), total, inside, padding, total]);
  };
  const blocks = [
    block(1, u16(linkType), u16(0), u32(0), u16(9), u16(1), Buffer.from([6, 0, 0, 0]), u32(0)),
    ...packets.map(({ time, data }) => {
      const units = Math.round(time * 1e6);
      const when = [u32(Math.floor(units / 2 ** 32)), u32(units % 2 ** 32)];
      return block(6, u32(0), ...when, u32(data.length), u32(data.length), data);
    }),
  ];
  const inside = Buffer.concat(blocks);
  const length = big ? [u32(0), u32(inside.length)] : [u32(inside.length), u32(0)];
  return Buffer.concat([block(0x0a0d0d0a, u32(0x1a2b3c4d), u16(1), u16(0), ...length), inside]);
}

function writer(big: boolean, bytes: 2 | 4) {
  return (value: number): Buffer => {
    const buffer = Buffer.alloc(bytes);
    if (big) {
      buffer.writeUIntBE(value, 0, bytes);
    } else {
      buffer.writeUIntLE(value, 0, bytes);
    }
    return buffer;
  };
}
