import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import {
  AGGREGATOR,
  FIELDS,
  passArgv,
  SEPARATOR,
  type FieldName,
} from '../../src/forensics/measure/fields.ts';
import { packetCrypto } from '../../src/adapters/packet-crypto/packet-crypto.ts';
import { createRowMaker } from '../../src/forensics/measure/own-rows.ts';
import { HIDDEN } from '../../src/packets/application/heard.ts';
import { createCaptureReader } from '../../src/packets/read-capture.ts';

const execute = promisify(execFile);

/** How often a field of ours says what tshark's says, among the packets where either says something. */
export interface Agreement {
  equal: number;
  /** tshark says something, we do not. */
  missing: number;
  /** We say something, tshark does not. */
  extra: number;
  differ: number;
}

/** The rows that our own decoder gives for a file. */
export function ownRows(path: string): string[][] {
  const rows: string[][] = [];
  const reader = createCaptureReader(
    createRowMaker((row) => void rows.push([...row]), packetCrypto).onPacket,
  );
  reader.push(readFileSync(path));
  reader.end();
  return rows;
}

/** The rows that this machine's tshark prints for it. */
export async function tsharkRows(path: string): Promise<string[][]> {
  const [program = '', ...args] = passArgv(path);
  const stdout = await execute(program, args, { maxBuffer: 256 * 1024 * 1024 }).then(
    (result) => result.stdout,
    // A damaged file ends with an error behind its last readable packet.
    (error: { stdout?: string }) => error.stdout ?? '',
  );
  return rowsIn(stdout);
}

/** The rows in what tshark prints. */
export const rowsIn = (stdout: string): string[][] =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(SEPARATOR));

/** Adds the comparison of two files' rows, field by field, to `agreement`. */
export function compare(
  ours: readonly string[][],
  theirs: readonly string[][],
  agreement: Map<FieldName, Agreement>,
): void {
  for (const [index, row] of ours.entries()) {
    for (const [column, field] of FIELDS.entries()) {
      const own = comparable(field, row[column] ?? '');
      const other = comparable(field, theirs[index]?.[column] ?? '');
      if (own === '' && other === '') continue;
      const counts = agreement.get(field) ?? { equal: 0, missing: 0, extra: 0, differ: 0 };
      if (own === other || (own === HIDDEN && other !== '')) counts.equal += 1;
      else if (own === '') counts.missing += 1;
      else if (other === '') counts.extra += 1;
      else counts.differ += 1;
      agreement.set(field, counts);
    }
  }
}

/** In how many packets the two disagree. */
export const disagreements = ({ missing, extra, differ }: Agreement): number => missing + extra + differ;

const TRANSPORT = /^(.*?:(?:tcp|udp|icmp|icmpv6|arp))(?=:|$).*/;

/** Layers above the transport are named after their contents by tshark (certificates, images), which we do not open. */
function comparable(field: FieldName, value: string): string {
  // The scheme is told, what proves who the client is never.
  if (field === 'http.authorization') return value.split(/[ (]/, 1)[0] ?? '';
  if (field === 'frame.protocols') return value.replace(TRANSPORT, '$1');
  return value.split(AGGREGATOR).every((part) => part === HIDDEN) && value !== '' ? HIDDEN : value;
}
