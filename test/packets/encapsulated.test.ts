import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { AGGREGATOR, FIELDS, type FieldName } from '../../src/forensics/measure/fields.ts';
import { encapsulated, fragmented, type Encapsulated } from './encapsulated.ts';
import { describe, enhanced, section } from './files.ts';
import { ownRows, tsharkRows } from './rows.ts';

/** Fields of ours that may say something else than tshark's here, and why. */
const DIFFERENCES: Partial<Record<FieldName, string>> = {
  'eth.src': 'Of Ethernet inside of a tunnel only the outermost addresses are told.',
  'eth.dst': 'Of Ethernet inside of a tunnel only the outermost addresses are told.',
  'udp.payload': 'Told of the innermost datagram only.',
  'data.data': 'What no protocol claims is told of pings only.',
  '_ws.malformed': 'A mark of tshark about its own dissection.',
};

it.each([
  ['what is carried in tunnels, tags and other link types', encapsulated],
  ['datagrams in fragments', fragmented],
])('says what tshark says of %s, packet by packet', async (_, generate) => {
  const folder = mkdtempSync(join(tmpdir(), 'capwright-rows-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'generated.pcapng');
  const packets = generate();
  writeFileSync(path, file(packets));

  const [ours, theirs] = [ownRows(path), await tsharkRows(path)];

  expect(ours.length).toBe(packets.length);
  expect(theirs.length).toBe(packets.length);
  expect(readable(packets, ours)).toEqual(readable(packets, theirs));
});

/** A pcapng file with one interface per link type. */
function file(packets: readonly Encapsulated[]): Buffer {
  const linkTypes = [...new Set(packets.map(({ linkType }) => linkType))];
  return Buffer.concat([
    section(true),
    ...linkTypes.map((linkType) => describe(true, linkType)),
    ...packets.map(({ linkType, data, wireLength }, index) =>
      enhanced(true, linkTypes.indexOf(linkType), BigInt(index) * 1_000_000n, data, wireLength),
    ),
  ]);
}

/** The rows under the names of their packets, without empty fields and those that differ by intent. */
function readable(
  packets: readonly Encapsulated[],
  rows: readonly string[][],
): { name: string; fields: Record<string, string> }[] {
  return rows.map((row, index) => {
    const filled = FIELDS.map((field, column) => [field, row[column] ?? ''] as const).filter(
      ([field, value]) => value !== '' && DIFFERENCES[field] === undefined,
    );
    const fields = Object.fromEntries(
      filled.map(([field, value]) => [field, value.split(AGGREGATOR).join(' ')]),
    );
    return { name: packets[index]?.name ?? '', fields };
  });
}
