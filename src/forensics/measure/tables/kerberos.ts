import { addBounded, addEvidence, createBoundedMap, noEvidence, type Evidence } from '../bounded.ts';
import type { Packet } from '../packet.ts';
import { all, number, numbers, text } from '../row.ts';

/** Service tickets that one client asked of one domain controller. */
export interface TicketRow {
  client: string;
  server: string;
  /** Requests that put RC4 first and leave out AES, which no Windows since Vista does by itself. */
  weakRequests: Evidence;
  /** Tickets sealed with RC4 for services that are no machine. */
  weakTickets: Evidence;
  services: Set<string>;
}

/** Logins that one client tried, and how many names it used. */
export interface AttemptRow {
  client: string;
  server: string;
  protocol: 'kerberos' | 'ntlm' | 'ftp';
  users: Set<string>;
  refusals: Evidence;
}

export interface KerberosTable {
  tickets: TicketRow[];
  attempts: AttemptRow[];
}

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
    return { client, server, weakRequests: noEvidence(), weakTickets: noEvidence(), services: new Set() };
  });
  const attempts = createBoundedMap<AttemptRow>(MAX_ROWS, (key) => {
    const [client = '', server = '', protocol = ''] = key.split(' ');
    const known = protocol === 'ntlm' || protocol === 'ftp' ? protocol : 'kerberos';
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
      if (!layers.includes('ftp')) return;
      if (text(row, 'ftp.request.command').toUpperCase() === 'USER')
        tried(packet, 'ftp', text(row, 'ftp.request.arg'));
      if (number(row, 'ftp.response.code') === 530) refused(packet, 'ftp');
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
  // Negative numbers are Microsoft's own.
  const kinds = all(row, 'kerberos.etype').map(Number);
  if (type === TGS_REQ) {
    // The ticket shown along has its own number in front; the list of the request is the rest.
    const offered = kinds.slice(-Math.max(kinds.length - 2, 1));
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
    addBounded(known.services, service, MAX_NAMES);
  }
}

/** The service asked for; null for the ticket service itself and for machines, whose passwords nobody cracks. */
function serviceOf(parts: readonly string[]): string | null {
  const own = parts.filter((part) => !/^krbtgt$/i.test(part));
  const last = own.at(-1) ?? '';
  const name = own.slice(-2).join('/').slice(0, 120);
  return name === '' || last.endsWith('$') ? null : name;
}
