import { createBoundedMap } from '../bounded.ts';
import type { Packet } from '../packet.ts';
import { has, number, numbers } from '../row.ts';

/** Heartbeat records of TLS (RFC 6520) from one host to another. */
export interface HeartbeatRow {
  source: string;
  target: string;
  records: { frame: number; stream: number; length: number; impossible: boolean; fromClient: boolean }[];
}

const HEARTBEAT = 24;
const MAX_ROWS = 5_000;
const MAX_RECORDS = 100;
/** Type, length of the payload, and the padding that must be there. */
const OVERHEAD = 3 + 16;

export function createHeartbeats() {
  const rows = createBoundedMap<HeartbeatRow>(MAX_ROWS, (key) => {
    const [source = '', target = ''] = key.split(' ');
    return { source, target, records: [] };
  });
  return {
    add({ row, source, target, transport, frame }: Packet): void {
      if (!has(row, 'tls.record.content_type') || source === null || target === null || transport === null)
        return;
      const types = numbers(row, 'tls.record.content_type');
      if (!types.includes(HEARTBEAT)) return;
      const lengths = numbers(row, 'tls.record.length');
      const claimed = number(row, 'tls.heartbeat_message.payload_length');
      const known = rows.at(`${source} ${target}`);
      for (const [index, type] of types.entries()) {
        if (type !== HEARTBEAT || known === null || known.records.length >= MAX_RECORDS) continue;
        const length = lengths[index] ?? 0;
        const asks = number(row, 'tls.heartbeat_message.type') === 1;
        const impossible = asks && claimed !== null && claimed + OVERHEAD > length;
        const fromClient = transport.sourcePort > transport.targetPort;
        known.records.push({ frame, stream: transport.stream, length, impossible, fromClient });
      }
    },
    finish: (): HeartbeatRow[] => rows.values(),
  };
}
