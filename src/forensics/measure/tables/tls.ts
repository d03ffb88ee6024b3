import { addBounded, addEvidence, createBoundedMap, noEvidence, type Evidence } from '../bounded.ts';
import type { Packet } from '../packet.ts';
import { number, numbers } from '../row.ts';

/** The old versions that servers agreed to, per client, server and version. */
export interface WeakTls {
  client: string;
  server: string;
  version: number;
  ports: Set<number>;
  hellos: Evidence;
}

/** Fatal alerts in the clear from one host to another. */
export interface FatalAlerts {
  sender: string;
  receiver: string;
  description: number;
  ports: Set<number>;
  alerts: Evidence;
}

export interface TlsTable {
  weak: WeakTls[];
  alerts: FatalAlerts[];
}

const MAX_ROWS = 20_000;
const CLIENT_HELLO = 1;
const SERVER_HELLO = 2;
const SSL2_SERVER_HELLO = 4;
const SSL2 = 0x0002;
const TLS_1_2 = 0x0303;
const FATAL = 2;
const CLOSE_NOTIFY = 0;

export function createTls() {
  const weak = createBoundedMap<WeakTls>(MAX_ROWS, (key) => {
    const [client = '', server = '', version = ''] = key.split(' ');
    return { client, server, version: Number(version), ports: new Set(), hellos: noEvidence() };
  });
  const alerts = createBoundedMap<FatalAlerts>(MAX_ROWS, (key) => {
    const [sender = '', receiver = '', description = ''] = key.split(' ');
    return { sender, receiver, description: Number(description), ports: new Set(), alerts: noEvidence() };
  });
  return {
    add(packet: Packet): void {
      const { transport, source, target, row } = packet;
      if (transport?.kind !== 'tcp' || source === null || target === null || !packet.layers.includes('tls'))
        return;
      const version = negotiated(packet);
      if (version !== null && version < TLS_1_2) {
        const entry = weak.at(`${target} ${source} ${version}`);
        if (entry !== null) {
          addEvidence(entry.hellos, packet.frame);
          addBounded(entry.ports, transport.sourcePort, 20);
        }
      }
      const description = number(row, 'tls.alert_message.desc');
      if (
        number(row, 'tls.alert_message.level') !== FATAL ||
        description === null ||
        description === CLOSE_NOTIFY
      )
        return;
      const entry = alerts.at(`${source} ${target} ${description}`);
      if (entry === null) return;
      addEvidence(entry.alerts, packet.frame);
      addBounded(entry.ports, Math.min(transport.sourcePort, transport.targetPort), 20);
    },
    finish: (): TlsTable => ({ weak: weak.values(), alerts: alerts.values() }),
  };
}

/** The version that a server's hello in this packet agrees to; null where there is none, or it shares the packet with a client's. */
function negotiated({ row }: Packet): number | null {
  const types = numbers(row, 'tls.handshake.type');
  const records = numbers(row, 'tls.record.version');
  if (types.includes(SSL2_SERVER_HELLO) && records.includes(SSL2)) return SSL2;
  if (!types.includes(SERVER_HELLO) || types.includes(CLIENT_HELLO) || records.includes(SSL2)) return null;
  const [supported] = numbers(row, 'tls.handshake.extensions.supported_version');
  return supported ?? number(row, 'tls.handshake.version');
}
