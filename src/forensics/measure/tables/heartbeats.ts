import { createBoundedMap } from '../bounded.ts';
import { payloadOf } from '../content/payload.ts';
import type { Packet } from '../packet.ts';

/** Heartbeat records of TLS (RFC 6520) from one host to another. */
export interface HeartbeatRow {
  source: string;
  target: string;
  ports: Set<number>;
  records: { frame: number; stream: number; length: number; impossible: boolean; fromClient: boolean }[];
}

/** A heartbeat record at the start of a packet: the way that programs send them. */
export const HEARTBEAT_PATTERN = String.raw`^\x18\x03[\x00-\x04]`;

const MAX_ROWS = 5_000;
const MAX_RECORDS = 100;
/** The first byte of the record. */
const HEARTBEAT = 0x18;
/** Type, length of the payload, and the padding that must be there. */
const OVERHEAD = 3 + 16;
const REQUEST = 1;

export function createHeartbeats() {
  const rows = createBoundedMap<HeartbeatRow>(MAX_ROWS, (key) => {
    const [source = '', target = ''] = key.split(' ');
    return { source, target, ports: new Set(), records: [] };
  });
  return {
    add(packet: Packet): void {
      const { source, target, transport, frame } = packet;
      if (transport?.kind !== 'tcp' || source === null || target === null) return;
      if (packet.payload()[0] !== HEARTBEAT) return;
      const bytes = payloadOf(packet);
      const known =
        bytes.length < 8 || bytes.charCodeAt(1) !== 3 || bytes.charCodeAt(2) > 4
          ? null
          : rows.at(`${source} ${target}`);
      if (known === null || known.records.length >= MAX_RECORDS) return;
      const length = word(bytes, 3);
      const claimed = word(bytes, 6);
      known.records.push({
        frame,
        stream: transport.stream,
        length,
        impossible: bytes.charCodeAt(5) === REQUEST && claimed + OVERHEAD > length,
        fromClient: transport.sourcePort > transport.targetPort,
      });
      known.ports.add(Math.min(transport.sourcePort, transport.targetPort));
    },
    finish: (): HeartbeatRow[] => rows.values(),
  };
}

const word = (bytes: string, at: number): number => bytes.charCodeAt(at) * 256 + bytes.charCodeAt(at + 1);
