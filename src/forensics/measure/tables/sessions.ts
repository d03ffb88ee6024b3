import { createBoundedMap } from '../bounded.ts';
import type { Packet } from '../packet.ts';
import { number, text } from '../row.ts';

/** Logins that servers of clear-text protocols accepted. */
export interface AcceptedLogins {
  protocol: 'FTP' | 'SMTP';
  client: string;
  server: string;
  count: number;
}

/** SSH between two hosts: how a login ended is encrypted. */
export interface SshPair {
  client: string;
  server: string;
  connections: Set<number>;
  clientSoftware: string;
  serverSoftware: string;
}

export interface SessionTable {
  accepted: AcceptedLogins[];
  ssh: SshPair[];
}

const MAX_ROWS = 5_000;
const MAX_CONNECTIONS = 50_000;
const LONGEST = 100;
const FTP_LOGGED_IN = 230;
const SMTP_AUTHENTICATED = 235;

export function createSessions() {
  const accepted = createBoundedMap<AcceptedLogins>(MAX_ROWS, (key) => {
    const [protocol = '', client = '', server = ''] = key.split(' ');
    return { protocol: protocol === 'FTP' ? 'FTP' : 'SMTP', client, server, count: 0 };
  });
  const ssh = createBoundedMap<SshPair>(MAX_ROWS, (key) => {
    const [client = '', server = ''] = key.split(' ');
    return { client, server, connections: new Set(), clientSoftware: '', serverSoftware: '' };
  });
  const accept = (protocol: AcceptedLogins['protocol'], { source, target }: Packet): void => {
    const row = accepted.at(`${protocol} ${target} ${source}`);
    if (row !== null) row.count += 1;
  };
  const addSsh = (packet: Packet): void => {
    const { row, source, target, transport } = packet;
    if (transport === null || source === null || target === null) return;
    const up = transport.sourcePort > transport.targetPort;
    const pair = ssh.at(up ? `${source} ${target}` : `${target} ${source}`);
    if (pair === null) return;
    if (pair.connections.size < MAX_CONNECTIONS) pair.connections.add(transport.stream);
    const software = text(row, 'ssh.protocol').slice(0, LONGEST);
    if (software === '') return;
    if (up) pair.clientSoftware ||= software;
    else pair.serverSoftware ||= software;
  };
  return {
    add(packet: Packet): void {
      const { row, layers } = packet;
      if (layers.includes('ssh')) addSsh(packet);
      else if (layers.includes('ftp') && number(row, 'ftp.response.code') === FTP_LOGGED_IN)
        accept('FTP', packet);
      else if (layers.includes('smtp') && number(row, 'smtp.response.code') === SMTP_AUTHENTICATED)
        accept('SMTP', packet);
    },
    finish: (): SessionTable => ({ accepted: accepted.values(), ssh: ssh.values() }),
  };
}
