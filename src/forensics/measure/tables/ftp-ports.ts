import { addEvidence, createBoundedMap, noEvidence, type Evidence } from '../bounded.ts';
import { isAddress, type Packet } from '../packet.ts';
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

/** The long form of RFC 2428, for IPv4. */
const LONG_ARGUMENT = /^[|]1[|](\d{1,3}(?:[.]\d{1,3}){3})[|](\d{1,5})[|]\s*$/;

export function createFtpPorts() {
  const rows = createBoundedMap<FtpPortRow>(MAX_ROWS, (key) => {
    const [client = '', server = '', third = ''] = key.split(' ');
    return { client, server, third, ports: new Set(), seen: noEvidence() };
  });
  return {
    add({ layers, row, source, target, frame }: Packet): void {
      if (!layers.includes('ftp') || source === null || target === null) return;
      const place = placeOf(text(row, 'ftp.request.command').toUpperCase(), text(row, 'ftp.request.arg'));
      if (place === null) return;
      const { third, port } = place;
      if (third === source || third === '0.0.0.0') return;
      const known = rows.at(`${source} ${target} ${third}`);
      if (known === null) return;
      addEvidence(known.seen, frame);
      if (known.ports.size < MAX_PORTS) known.ports.add(port);
    },
    finish: (): FtpPortRow[] => rows.values(),
  };
}

/** Where a PORT or EPRT command sends the server; null for anything else. */
function placeOf(command: string, argument: string): { third: string; port: number } | null {
  if (command === 'EPRT') {
    const [, third = '', port = ''] = LONG_ARGUMENT.exec(argument) ?? [];
    return isAddress(third) ? { third, port: Number(port) } : null;
  }
  const parts = command === 'PORT' ? ARGUMENT.exec(argument)?.slice(1).map(Number) : undefined;
  if (parts === undefined || parts.some((part) => part > 255)) return null;
  return { third: parts.slice(0, 4).join('.'), port: (parts[4] ?? 0) * 256 + (parts[5] ?? 0) };
}
