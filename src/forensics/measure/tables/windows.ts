import { addBounded, addEvidence, noEvidence, type Evidence } from '../bounded.ts';
import { WINDOWS_SIGNS, type WindowsSign } from '../content/windows-signs.ts';
import type { Packet } from '../packet.ts';

/** Packets of one client to one server with one sign. */
export interface WindowsRow {
  sign: WindowsSign;
  client: string;
  server: string;
  ports: Set<number>;
  seen: Evidence;
}

export interface WindowsTable {
  rows: WindowsRow[];
  /** Hosts that serve Kerberos or the directory: domain controllers. */
  controllers: Set<string>;
}

const MAX_ROWS = 5_000;
const MAX_CONTROLLERS = 1_000;
/** Kerberos, and the directory with its global catalogue. */
const CONTROLLER_PORTS = new Set([88, 389, 636, 3268, 3269]);
const LAYERS = ['smb', 'smb2', 'dcerpc', 'http'];

/** Remote calls and file names of Windows networks. */
export function createWindows() {
  const found = new Map<string, WindowsRow>();
  const controllers = new Set<string>();
  return {
    add(packet: Packet): void {
      const { layers, source, target, transport } = packet;
      if (source === null || target === null || transport === null) return;
      // What answers from such a port is a controller; what is only asked need not be one.
      if (CONTROLLER_PORTS.has(transport.sourcePort) && /kerberos|ldap|tls/.test(layers.at(-1) ?? '')) {
        addBounded(controllers, source, MAX_CONTROLLERS);
      }
      if (!LAYERS.some((layer) => layers.includes(layer))) return;
      for (const [index, sign] of WINDOWS_SIGNS.entries()) {
        if (sign.shows(packet)) note(found, `${index} ${source} ${target}`, sign, packet);
      }
    },
    finish: (): WindowsTable => ({ rows: [...found.values()], controllers }),
  };
}

function note(found: Map<string, WindowsRow>, key: string, sign: WindowsSign, packet: Packet): void {
  const known = found.get(key);
  if (known === undefined && found.size >= MAX_ROWS) return;
  const row = known ?? {
    sign,
    client: packet.source ?? '',
    server: packet.target ?? '',
    ports: new Set<number>(),
    seen: noEvidence(),
  };
  found.set(key, row);
  addEvidence(row.seen, packet.frame);
  addBounded(row.ports, packet.transport?.targetPort ?? 0, 20);
}
