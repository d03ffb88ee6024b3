import { addBounded, addEvidence, createBoundedMap, noEvidence, type Evidence } from '../bounded.ts';
import type { Packet } from '../packet.ts';
import { all, number, numbers } from '../row.ts';

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

/** Certificates that were not valid when they were shown. */
export interface ExpiredCertificate {
  client: string;
  server: string;
  ports: Set<number>;
  /** Whether it had run out, or had not begun. */
  over: boolean;
  shown: Evidence;
}

export interface TlsTable {
  expired: ExpiredCertificate[];
  weak: WeakTls[];
  alerts: FatalAlerts[];
}

const MAX_ROWS = 20_000;
const CLIENT_HELLO = 1;
const SERVER_HELLO = 2;
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
  const expired = createBoundedMap<ExpiredCertificate>(MAX_ROWS, (key) => {
    const [client = '', server = '', state = ''] = key.split(' ');
    return { client, server, ports: new Set(), over: state === 'over', shown: noEvidence() };
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
      const state = validity(packet);
      const certificate = state === 'valid' ? null : expired.at(`${target} ${source} ${state}`);
      if (certificate !== null) {
        addEvidence(certificate.shown, packet.frame);
        addBounded(certificate.ports, transport.sourcePort, 20);
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
    finish: (): TlsTable => ({ weak: weak.values(), alerts: alerts.values(), expired: expired.values() }),
  };
}

/** The version that a server's hello in this packet agrees to; null where there is none, or it shares the packet with a client's. */
function negotiated({ row, transport }: Packet): number | null {
  if (numbers(row, 'tls.record.version').includes(SSL2)) {
    // Versions of tshark differ in how they number SSL 2 messages; only hellos carry a version of their own.
    const fromServer = transport !== null && transport.sourcePort < transport.targetPort;
    return fromServer && number(row, 'tls.handshake.version') === SSL2 ? SSL2 : null;
  }
  const types = numbers(row, 'tls.handshake.type');
  if (!types.includes(SERVER_HELLO) || types.includes(CLIENT_HELLO)) return null;
  const [supported] = numbers(row, 'tls.handshake.extensions.supported_version');
  return supported ?? number(row, 'tls.handshake.version');
}

const CERTIFICATE = 11;

/** Whether the server's own certificate, the first of the chain, holds at the time of the packet. */
function validity({ row, at }: Packet): 'valid' | 'early' | 'over' {
  if (!numbers(row, 'tls.handshake.type').includes(CERTIFICATE)) return 'valid';
  const [notBefore, notAfter] = all(row, 'x509af.utcTime').map(utcSeconds);
  if (notBefore === undefined || notAfter === undefined || notBefore === null || notAfter === null)
    return 'valid';
  if (notBefore > notAfter || (at >= notBefore && at <= notAfter)) return 'valid';
  return at > notAfter ? 'over' : 'early';
}

/** Seconds since 1970 of "2014-03-04 23:59:59 (UTC)"; null for anything else. */
export function utcSeconds(value: string): number | null {
  const match = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)/.exec(value);
  const time = match === null ? Number.NaN : Date.parse(`${match[1]}T${match[2]}Z`);
  return Number.isNaN(time) ? null : time / 1000;
}
