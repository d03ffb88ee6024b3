import { detectAll } from '../../../src/forensics/measure/detectors.ts';
import { FIELDS, SEPARATOR, type FieldName } from '../../../src/forensics/measure/fields.ts';
import { readPacket } from '../../../src/forensics/measure/packet.ts';
import { parseRow } from '../../../src/forensics/measure/row.ts';
import { createTables, type Tables } from '../../../src/forensics/measure/tables.ts';
import { CaptureFacts } from '../../../src/domain/facts.ts';
import type { Finding } from '../../../src/domain/finding.ts';
import { wordFaults } from './words.ts';
import { toFacts } from '../../../src/forensics/measure/facts.ts';

/** What a test says about one frame; the rest is filled in. */
export type FrameFields = Partial<Record<FieldName, string>>;

/** The line that tshark would print for the frame. */
export function line(fields: FrameFields): string {
  return FIELDS.map((name) => fields[name] ?? '').join(SEPARATOR);
}

/** Feeds frames, numbered from 1 and one second apart unless they say otherwise, through parser and tables. */
export function tablesOf(frames: readonly FrameFields[]): Tables {
  const tables = createTables();
  for (const [index, fields] of frames.entries()) {
    const row = parseRow(
      line({
        'frame.number': String(index + 1),
        'frame.time_epoch': `${1000 + index}.000000000`,
        'frame.len': '60',
        'frame.cap_len': '60',
        'frame.protocols': 'eth:ethertype:ip',
        ...fields,
      }),
    );
    const packet = row === null ? null : readPacket(row);
    if (packet === null) throw new Error('a test frame that is no frame');
    tables.add(packet);
  }
  return tables.finish();
}

/** What is found in the frames; each finding must say all that a reader needs. */
export function findingsOf(frames: readonly FrameFields[]): Finding[] {
  const { findings } = detectAll(tablesOf(frames));
  const faults = findings.flatMap(wordFaults);
  if (faults.length > 0) throw new Error(faults.join('; '));
  return findings;
}

export const CLIENT = '10.0.0.4';
export const SERVER = '10.0.9.9';

export type TcpFrame = FrameFields & {
  /** Client to server, or back. */
  way?: 'up' | 'down';
  stream?: string;
  port?: string;
};

/** A TCP frame between CLIENT port 50000 and SERVER port 443. */
export function tcp(
  flags: string,
  { way = 'up', stream = '0', port = '443', ...fields }: TcpFrame = {},
): FrameFields {
  const up = way === 'up';
  return {
    'frame.protocols': 'eth:ethertype:ip:tcp',
    'ip.src': up ? CLIENT : SERVER,
    'ip.dst': up ? SERVER : CLIENT,
    'tcp.stream': stream,
    'tcp.srcport': up ? '50000' : port,
    'tcp.dstport': up ? port : '50000',
    'tcp.flags': flags,
    'tcp.len': '0',
    ...fields,
  };
}

export const SYN = '0x0002';
export const SYN_ACK = '0x0012';
export const ACK = '0x0010';
export const RST_ACK = '0x0014';

/** A handshake of one stream. */
export const handshake = (options: TcpFrame = {}): FrameFields[] => [
  tcp(SYN, options),
  tcp(SYN_ACK, { ...options, way: 'down' }),
  tcp(ACK, options),
];

/** A DNS message over UDP: flags 0x0100 asks, 0x8180 answers, its low digit is the response code. */
export function dns(id: number, flags: string, fields: FrameFields = {}): FrameFields {
  const up = Number(flags) < 0x8000;
  return {
    'frame.protocols': 'eth:ethertype:ip:udp:dns',
    'ip.src': up ? CLIENT : SERVER,
    'ip.dst': up ? SERVER : CLIENT,
    'udp.stream': String(id),
    'udp.srcport': up ? '50000' : '53',
    'udp.dstport': up ? '53' : '50000',
    'dns.id': `0x${id.toString(16).padStart(4, '0')}`,
    'dns.flags': flags,
    'dns.qry.name': `host${id}.example`,
    'dns.qry.type': '1',
    ...fields,
  };
}

export const retransmission = { 'tcp.len': '100', 'tcp.analysis.retransmission': '1' };
export const request = tcp(ACK, { 'tcp.len': '100' });
export const answer = tcp(ACK, { way: 'down', 'tcp.len': '100' });
/** So many times what `make` gives. */
export const repeat = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

export const arp = (mac: string, ip: string, opcode: string, target: string): FrameFields => ({
  'frame.protocols': 'eth:ethertype:arp',
  'eth.src': mac,
  'eth.dst': 'ff:ff:ff:ff:ff:ff',
  'arp.opcode': opcode,
  'arp.src.hw_mac': mac,
  'arp.src.proto_ipv4': ip,
  'arp.dst.proto_ipv4': target,
});
export const MAC_A = '00:00:00:00:00:0a';
export const MAC_B = '00:00:00:00:00:0b';

export const http = (way: 'up' | 'down', fields: FrameFields): FrameFields =>
  tcp(ACK, { way, port: '80', 'frame.protocols': 'eth:ethertype:ip:tcp:http', 'tcp.len': '90', ...fields });
export const tls = (way: 'up' | 'down', fields: FrameFields): FrameFields =>
  tcp(ACK, { way, 'frame.protocols': 'eth:ethertype:ip:tcp:tls', 'tcp.len': '90', ...fields });

/** The published facts of these frames. */
export const factsFrom = (frames: readonly FrameFields[]): CaptureFacts =>
  CaptureFacts.parse(
    toFacts({ bytes: 1, format: 'pcap', sha256: 'a'.repeat(64) }, tablesOf(frames), {
      damaged: null,
      linkTypes: [],
      notes: [],
    }),
  );
