import { addBounded, addEvidence, createBoundedMap, noEvidence, type Evidence } from '../bounded.ts';
import type { Packet } from '../packet.ts';
import { has, number, text } from '../row.ts';

/** SIP between one client and one server. */
export interface SipPair {
  client: string;
  server: string;
  port: number;
  /** OPTIONS, REGISTER and INVITE requests. */
  probes: Evidence;
  /** Users that they were for, at most MAX_USERS. */
  users: Set<string>;
  /** Whether a request names a known scanner as its program. */
  scanner: boolean;
  /** Responses that ask for credentials for the first time. */
  challenges: Evidence;
  /** Responses that refuse credentials, or refuse without asking for any. */
  refusals: Evidence;
  /** Registrations and calls accepted. */
  accepted: number;
  /** Other final answers that are no success. */
  failed: number;
}

export interface SipTable {
  pairs: SipPair[];
  /** When a call was first answered, in seconds since 1970. */
  firstAnswerAt: number | null;
}

const MAX_PAIRS = 20_000;
const MAX_USERS = 1_000;
const MAX_TRANSACTIONS = 50_000;
const CLIP = 120;
const SECOND_TRIES = 2;
const MAX_TENTATIVE = 100;
const PROBES = new Set(['OPTIONS', 'REGISTER', 'INVITE']);
const ENTRANCES = new Set(['REGISTER', 'INVITE']);
/** Names that scanners put into User-Agent as they come. */
const SCANNERS =
  /friendly-scanner|friendly-request|sipvicious|sundayddr|sip-?scan|sipcli|sivus|smap|sipsak|iwar|warvox|pplsip|vaxsipuseragent|sipptk|cryptoscan/i;

/** Registrations and calls by SIP, and how they were answered. */
export function createSip() {
  const pairs = createBoundedMap<SipPair>(MAX_PAIRS, newPair);
  /** Whether the last request of a transaction carried credentials. */
  const withCredentials = new Map<string, boolean>();
  /** Credentials refused in transactions that may still end well: nonces grow old, and a second try is ordinary. */
  const tentative = new Map<string, { pair: SipPair; frames: number[] }>();
  let firstAnswerAt: number | null = null;

  const addRequest = (packet: Packet, pair: SipPair, method: string): void => {
    const { row, frame, transport } = packet;
    if (!PROBES.has(method)) return;
    addEvidence(pair.probes, frame);
    pair.port = transport?.targetPort ?? 0;
    addBounded(pair.users, text(row, 'sip.to.user').slice(0, CLIP), MAX_USERS);
    pair.scanner ||= SCANNERS.test(text(row, 'sip.User-Agent').slice(0, CLIP));
    const key = transactionKey(packet, method);
    if (withCredentials.has(key) || withCredentials.size < MAX_TRANSACTIONS)
      withCredentials.set(key, has(row, 'sip.auth.digest.response'));
  };
  const addResponse = (packet: Packet, pair: SipPair, status: number): void => {
    const method = text(packet.row, 'sip.CSeq.method');
    if (!ENTRANCES.has(method) || status < 200) return;
    const key = transactionKey(packet, method);
    if (status < 300) {
      pair.accepted += 1;
      if ((tentative.get(key)?.frames.length ?? 0) <= SECOND_TRIES) tentative.delete(key);
      if (method === 'INVITE') firstAnswerAt ??= packet.at;
    } else if (status === 403) addEvidence(pair.refusals, packet.frame);
    else if (status === 401 || status === 407) {
      const tried = withCredentials.get(key) ?? false;
      const refused = tentative.get(key) ?? { pair, frames: [] };
      if (!tried) addEvidence(pair.challenges, packet.frame);
      else if (tentative.size >= MAX_TRANSACTIONS || refused.frames.length >= MAX_TENTATIVE)
        addEvidence(pair.refusals, packet.frame);
      else {
        refused.frames.push(packet.frame);
        tentative.set(key, refused);
      }
    } else if (status >= 400) pair.failed += 1;
  };
  return {
    add(packet: Packet): void {
      const { layers, source, target, row } = packet;
      if (source === null || target === null || !layers.includes('sip')) return;
      const method = text(row, 'sip.Method');
      const status = number(row, 'sip.Status-Code');
      const pair = pairs.at(status === null ? `${source} ${target}` : `${target} ${source}`);
      if (pair === null) return;
      if (status === null) addRequest(packet, pair, method);
      else addResponse(packet, pair, status);
    },
    finish(): SipTable {
      const refused = [...tentative.values()].flatMap(({ pair, frames }) =>
        frames.map((frame) => ({ pair, frame })),
      );
      for (const { pair, frame } of refused.toSorted((a, b) => a.frame - b.frame))
        addEvidence(pair.refusals, frame);
      return { pairs: pairs.values(), firstAnswerAt };
    },
  };
}

const transactionKey = ({ row }: Packet, method: string): string =>
  `${text(row, 'sip.Call-ID').slice(0, CLIP)} ${method}`;

function newPair(key: string): SipPair {
  const [client = '', server = ''] = key.split(' ');
  return {
    client,
    server,
    port: 5060,
    probes: noEvidence(),
    users: new Set(),
    scanner: false,
    challenges: noEvidence(),
    refusals: noEvidence(),
    accepted: 0,
    failed: 0,
  };
}
