import { addBounded, addEvidence, createBoundedMap, noEvidence, type Evidence } from '../bounded.ts';
import type { Packet } from '../packet.ts';
import { all, number, numbers, raw, text, type Row } from '../row.ts';

/** Service tickets that one client asked of one domain controller. */
export interface TicketRow {
  client: string;
  server: string;
  /** Requests that put RC4 first and leave out AES, which no Windows since Vista does by itself. */
  weakRequests: Evidence;
  /** Tickets sealed with RC4 for services that are no machine. */
  weakTickets: Evidence;
  /** Those among them whose other half has AES: the domain can do better, and only this account cannot. */
  mixed: number;
  services: Set<string>;
}

export type AttemptProtocol = 'kerberos' | 'ntlm' | 'ftp' | 'ldap' | 'pop' | 'imap';

/** Logins that one client tried, and how many names it used. */
export interface AttemptRow {
  client: string;
  server: string;
  protocol: AttemptProtocol;
  users: Set<string>;
  refusals: Evidence;
}

export interface KerberosTable {
  tickets: TicketRow[];
  attempts: AttemptRow[];
}

const PROTOCOLS: readonly AttemptProtocol[] = ['kerberos', 'ntlm', 'ftp', 'ldap', 'pop', 'imap'];
const MAX_ROWS = 5_000;
const MAX_NAMES = 1_000;
const AS_REQ = 10;
const TGS_REQ = 12;
const TGS_REP = 13;
const RC4 = 23;
const AES = [17, 18, 19, 20];
/** RC4 in its export grade and under its old numbers: Windows before Vista lists these beside it. */
const OLD_WINDOWS = [24, -133, -135, -128];
const REFUSED_KERBEROS = [6, 18, 24];
export const REFUSED_SMB = [0xc000006a, 0xc000006d, 0xc0000064, 0xc0000234, 0xc0000072, 0xc000015b];

/** Kerberos tickets by their encryption, and logins tried by name. */
export function createKerberos() {
  const tickets = createBoundedMap<TicketRow>(MAX_ROWS, (key) => {
    const [client = '', server = ''] = key.split(' ');
    return {
      client,
      server,
      weakRequests: noEvidence(),
      weakTickets: noEvidence(),
      mixed: 0,
      services: new Set(),
    };
  });
  const attempts = createBoundedMap<AttemptRow>(MAX_ROWS, (key) => {
    const [client = '', server = '', protocol = ''] = key.split(' ');
    const known = PROTOCOLS.find((one) => one === protocol) ?? 'kerberos';
    return { client, server, protocol: known, users: new Set(), refusals: noEvidence() };
  });
  const tried = (packet: Packet, protocol: AttemptRow['protocol'], user: string): void => {
    const row = user === '' ? null : attempts.at(`${packet.source} ${packet.target} ${protocol}`);
    if (row !== null) addBounded(row.users, user.slice(0, 80).toLowerCase(), MAX_NAMES);
  };
  const refused = (packet: Packet, protocol: AttemptRow['protocol']): void => {
    const row = attempts.at(`${packet.target} ${packet.source} ${protocol}`);
    if (row !== null) addEvidence(row.refusals, packet.frame);
  };
  return {
    add(packet: Packet): void {
      const { layers, row, source, target } = packet;
      if (source === null || target === null) return;
      if (layers.includes('kerberos')) {
        followTickets(tickets, packet);
        if (number(row, 'kerberos.msg_type') === AS_REQ)
          tried(packet, 'kerberos', text(row, 'kerberos.CNameString'));
        if (REFUSED_KERBEROS.includes(number(row, 'kerberos.error_code') ?? 0)) refused(packet, 'kerberos');
      }
      tried(packet, 'ntlm', text(row, 'ntlmssp.auth.username'));
      const statuses = [...numbers(row, 'smb2.nt_status'), ...numbers(row, 'smb.nt_status')];
      if (statuses.some((status) => REFUSED_SMB.includes(status))) refused(packet, 'ntlm');
      for (const { protocol, user, isRefusal } of NAMED_LOGINS) {
        if (!layers.includes(protocol)) continue;
        tried(packet, protocol, user(row));
        if (isRefusal(row)) refused(packet, protocol);
      }
    },
    finish: (): KerberosTable => ({ tickets: tickets.values(), attempts: attempts.values() }),
  };
}

function followTickets(tickets: ReturnType<typeof createBoundedMap<TicketRow>>, packet: Packet): void {
  const { row, frame, source, target } = packet;
  const type = number(row, 'kerberos.msg_type');
  if (type !== TGS_REQ && type !== TGS_REP) return;
  const service = serviceOf(all(row, 'kerberos.SNameString'));
  if (service === null) return;
  const kinds = all(row, 'kerberos.etype').map(Number);
  if (type === TGS_REQ) {
    // What the client accepts; negative numbers are Microsoft's own.
    const offered = all(row, 'kerberos.ENCTYPE').map(Number);
    const weak =
      offered.includes(RC4) && !offered.some((kind) => AES.includes(kind) || OLD_WINDOWS.includes(kind));
    const known = weak ? tickets.at(`${source} ${target}`) : null;
    if (known === null) return;
    addEvidence(known.weakRequests, frame);
    addBounded(known.services, service, MAX_NAMES);
  } else if (kinds[0] === RC4) {
    const known = tickets.at(`${target} ${source}`);
    if (known === null) return;
    addEvidence(known.weakTickets, frame);
    if (kinds.slice(1).some((kind) => AES.includes(kind))) known.mixed += 1;
    addBounded(known.services, service, MAX_NAMES);
  }
}

/** Services of the machine itself, and the ticket service: random passwords, which nobody cracks. */
const MACHINE_SERVICE =
  /^(krbtgt|cifs|host|ldap|gc|dns|rpcss|rpc|wsman|termsrv|restrictedkrbhost|e3514235-4b06-11d1-ab04-00c04fc2dcd2)$/i;

/** The service asked for; null where it is one of a machine. */
function serviceOf(parts: readonly string[]): string | null {
  const last = parts.at(-1) ?? '';
  const isSingle = parts.length === 1 || (parts.length === 3 && /^krbtgt$/i.test(parts[0] ?? ''));
  const own = isSingle ? [last] : parts.slice(-2);
  const name = own.join('/').slice(0, 120);
  return name === '' || last.endsWith('$') || MACHINE_SERVICE.test(own[0] ?? '') ? null : name;
}

/** How protocols with a name in the clear say who logs in, and that he may not. */
const NAMED_LOGINS: readonly {
  protocol: AttemptProtocol;
  user: (row: Row) => string;
  isRefusal: (row: Row) => boolean;
}[] = [
  {
    protocol: 'ftp',
    user: (row) =>
      text(row, 'ftp.request.command').toUpperCase() === 'USER' ? text(row, 'ftp.request.arg') : '',
    isRefusal: (row) => number(row, 'ftp.response.code') === 530,
  },
  {
    protocol: 'ldap',
    user: (row) => text(row, 'ldap.name'),
    isRefusal: (row) => numbers(row, 'ldap.resultCode').includes(49),
  },
  {
    protocol: 'pop',
    user: (row) =>
      text(row, 'pop.request.command').toUpperCase() === 'USER' ? raw(row, 'pop.request.parameter') : '',
    isRefusal: (row) => text(row, 'pop.response.indicator') === '-ERR',
  },
  {
    protocol: 'imap',
    user: (row) =>
      text(row, 'imap.request.command').toUpperCase() === 'LOGIN' ? text(row, 'imap.request.username') : '',
    isRefusal: (row) => text(row, 'imap.response.status') === 'NO',
  },
];
