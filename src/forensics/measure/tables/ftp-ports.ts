import { addEvidence, createBoundedMap, noEvidence, type Evidence } from '../bounded.ts';
import type { Packet } from '../packet.ts';
import { text } from '../row.ts';

/** PORT commands with which an FTP client sends the server to a third host. */
export interface FtpPortRow {
  client: string;
  server: string;
  third: string;
  ports: Set<number>;
  seen: Evidence;
}

const MAX_ROWS = 2_000;
const MAX_PORTS = 2_000;
const ARGUMENT = /^(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3})\s*$/;

export function createFtpPorts() {
  const rows = createBoundedMap<FtpPortRow>(MAX_ROWS, (key) => {
    const [client = '', server = '', third = ''] = key.split(' ');
    return { client, server, third, ports: new Set(), seen: noEvidence() };
  });
  return {
    add({ layers, row, source, target, frame }: Packet): void {
      if (!layers.includes('ftp') || source === null || target === null) return;
      if (text(row, 'ftp.request.command').toUpperCase() !== 'PORT') return;
      const parts = ARGUMENT.exec(text(row, 'ftp.request.arg'))?.slice(1).map(Number);
      if (parts === undefined || parts.some((part) => part > 255)) return;
      const third = parts.slice(0, 4).join('.');
      if (third === source || third === '0.0.0.0') return;
      const known = rows.at(`${source} ${target} ${third}`);
      if (known === null) return;
      addEvidence(known.seen, frame);
      if (known.ports.size < MAX_PORTS) known.ports.add((parts[4] ?? 0) * 256 + (parts[5] ?? 0));
    },
    finish: (): FtpPortRow[] => rows.values(),
  };
}
