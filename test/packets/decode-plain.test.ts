import { expect, it } from 'vitest';
import { decodeFrame, decodeHeaders } from '../../src/packets/decode.ts';
import { BY_LINK_TYPE, createFrame, follow, resetFrame, type Frame } from '../../src/packets/frame.ts';
import { createCaptureReader } from '../../src/packets/read-capture.ts';
import { createRandom, mutate } from './mutants.ts';
import { SEEDS } from './seeds.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
const ETHERNET = 1;
const MACS = '020000000002 020000000001';
const TCP = '1f90 01bb 9abcdef0 12345678 5018 1000 0000 0000 16030100';
const TIMED = '01bb 1f90 12345678 9abcdef0 8010 ffff 0000 0000 0101080a 00000001 00000002 6162';
const SYN = '1f90 0050 ffffffff 00000000 a002 faf0 0000 0000 020405b4 0402080a 0000000100000000 01030307';
const UDP = '1f90 0035 0014 0000 1234 0100 0001 0000 0000 0000';
const IPV4 = (length: string, protocol: string): string =>
  `4500 ${length} 0001 4000 40 ${protocol} 0000 0a000001 c0a80001`;
const IPV6 = (length: string, protocol: string): string =>
  `60000000 ${length} ${protocol} 40 20010db8 00000000 00000000 00000001 20010db8 00000000 00000000 00000002`;

const PLAIN = [
  `${MACS} 0800 ${IPV4('002c', '06')} ${TCP}`,
  `${MACS} 0800 ${IPV4('0036', '06')} ${TIMED}`,
  `${MACS} 8100 0064 0800 ${IPV4('003c', '06')} ${SYN}`,
  `${MACS} 0800 ${IPV4('0028', '11')} ${UDP}`,
  `${MACS} 86dd ${IPV6('0018', '06')} ${TCP}`,
  `${MACS} 86dd ${IPV6('0014', '11')} ${UDP}`,
  `${MACS} 8100 0064 86dd ${IPV6('0028', '06')} ${SYN} 00000000`,
].map(hex);

/** Packets of every kind that the decoders know. */
const SEED_PACKETS = SEEDS.flatMap((file) => {
  const packets: { data: Buffer; linkType: number }[] = [];
  const reader = createCaptureReader((bytes, start, end, { linkType }) => {
    packets.push({ data: Buffer.from(bytes.slice(start, end)), linkType });
  });
  reader.push(file);
  reader.end();
  return packets;
});

/** Header by header, whatever the packet is. */
function decodeStepwise(
  frame: Frame,
  linkType: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  wireLength: number,
): void {
  frame.start = start;
  resetFrame(frame, bytes, end, Math.max(wireLength - (end - start), 0));
  follow(frame, BY_LINK_TYPE, linkType, start);
  decodeHeaders(frame);
}

/** All that a frame says of its packet: what follows is only said while something does. */
const told = (frame: Frame): Record<string, unknown> => ({
  ...frame,
  nextNumber: 0,
  nextAt: 0,
  bytes: frame.bytes.length,
  fragments: null,
  layers: [...frame.layers.subarray(0, frame.depth)],
});

it('fills the frame of a plain packet as its decoders would one after the other', () => {
  const [fast, slow] = [createFrame(), createFrame()];

  for (const packet of PLAIN) {
    for (let captured = 0; captured <= packet.length; captured += 1) {
      for (const [start, wire] of [
        [0, packet.length],
        [3, packet.length + 400],
      ] as const) {
        const bytes = Buffer.concat([Buffer.alloc(start), packet.subarray(0, captured)]);
        decodeFrame(fast, ETHERNET, bytes, start, start + captured, wire);
        decodeStepwise(slow, ETHERNET, bytes, start, start + captured, wire);

        expect(told(fast)).toEqual(told(slow));
      }
    }
    expect(fast.transport).not.toBe(0);
  }
});

it('fills the frame of any damaged packet as its decoders would one after the other', () => {
  const random = createRandom(7);
  const [fast, slow] = [createFrame(), createFrame()];
  const plain = PLAIN.map((data) => ({ data, linkType: ETHERNET }));
  let reached = 0;

  for (let round = 0; round < 20_000; round += 1) {
    const packets = random(2) === 0 ? plain : SEED_PACKETS;
    const { data, linkType } = packets[random(packets.length)] ?? { data: Buffer.alloc(0), linkType: 1 };
    const bytes = Uint8Array.from(data);
    mutate(bytes, random, 0);
    const start = random(3);
    const end = Math.max(bytes.length - random(4) * random(20), start);
    const wire = end - start + random(2) * random(100) - random(2);
    decodeFrame(fast, linkType, bytes, start, end, wire);
    decodeStepwise(slow, linkType, bytes, start, end, wire);
    const [quick, stepwise] = [JSON.stringify(told(fast)), JSON.stringify(told(slow))];
    if (quick !== stepwise) expect({ round, ...told(fast) }).toEqual({ round, ...told(slow) });
    if (fast.transport !== 0) reached += 1;
  }

  expect(reached).toBeGreaterThan(2000);
});
