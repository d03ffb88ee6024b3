/** A pcapng file of raw IPv4, with `said` in every text that the file itself may carry beside its packets. */
export function pcapngOf(packets: readonly Buffer[], said: (place: string) => string): Buffer {
  const section = Buffer.concat([
    Buffer.from('4d3c2b1a01000000ffffffffffffffff', 'hex'),
    options([1, said('comment')], [2, said('hardware')], [3, said('system')], [4, said('application')]),
  ]);
  const described = Buffer.concat([
    Buffer.from('e4000000ffff0000', 'hex'),
    options(
      [2, said('interface')],
      [3, said('description')],
      [11, `\u0000${said('filter')}`],
      [12, said('operating system')],
    ),
  ]);
  return Buffer.concat([
    block(0x0a0d0d0a, section),
    block(1, described),
    ...packets.map((bytes, index) => block(6, packet(bytes, index, said('packet comment')))),
  ]);
}

const START_US = 1_700_000_000_000_000n;

function packet(bytes: Buffer, index: number, comment: string): Buffer {
  const at = START_US + BigInt(index) * 20_000n;
  const head = Buffer.alloc(20);
  head.writeUInt32LE(Number(at >> 32n), 4);
  head.writeUInt32LE(Number(at & 0xffff_ffffn), 8);
  head.writeUInt32LE(bytes.length, 12);
  head.writeUInt32LE(bytes.length, 16);
  return Buffer.concat([head, padded(bytes), ...(index % 50 === 0 ? [options([1, comment])] : [])]);
}

function options(...all: (readonly [number, string])[]): Buffer {
  const written = all.map(([code, text]) => {
    const bytes = Buffer.from(text).subarray(0, 1_000);
    const head = Buffer.alloc(4);
    head.writeUInt16LE(code, 0);
    head.writeUInt16LE(bytes.length, 2);
    return Buffer.concat([head, padded(bytes)]);
  });
  return Buffer.concat([...written, Buffer.alloc(4)]);
}

const padded = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);

function block(type: number, body: Buffer): Buffer {
  const ends = Buffer.alloc(4);
  ends.writeUInt32LE(body.length + 12, 0);
  const kind = Buffer.alloc(4);
  kind.writeUInt32LE(type, 0);
  return Buffer.concat([kind, ends, body, ends]);
}
