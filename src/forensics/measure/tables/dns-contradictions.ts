import { addBounded, addEvidence, createBoundedMap, noEvidence, type Evidence } from '../bounded.ts';
import type { Packet } from '../packet.ts';
import { all } from '../row.ts';
import { readUnicastDns } from './dns-message.ts';

/** Answers in the name of one server to one client that contradict one another. */
export interface Contradictions {
  server: string;
  client: string;
  /** Numbers of the queries, to find the answers again. */
  ids: Set<number>;
  names: Set<string>;
  answers: Evidence;
}

interface Answer {
  frame: number;
  rcode: number;
  addresses: string[];
}

interface Question {
  queries: number;
  responses: number;
  first: Answer | null;
}

const MAX_ROWS = 20_000;
const MAX_QUESTIONS = 50_000;
const MAX_NAMES = 20;
const NXDOMAIN = 3;

/** Queries that got more answers than they were sent, and different ones. */
export function createDnsContradictions() {
  const questions = createBoundedMap<Question>(MAX_QUESTIONS, () => ({
    queries: 0,
    responses: 0,
    first: null,
  }));
  const rows = createBoundedMap<Contradictions>(MAX_ROWS, (key) => {
    const [server = '', client = ''] = key.split(' ');
    return { server, client, ids: new Set(), names: new Set(), answers: noEvidence() };
  });
  return {
    add(packet: Packet): void {
      const message = readUnicastDns(packet);
      if (message === null) return;
      const { transport, isResponse, id, type, name, rcode } = message;
      const question = questions.at(`${transport.kind} ${transport.stream} ${id} ${type} ${name}`);
      if (question === null) return;
      if (!isResponse) {
        question.queries += 1;
        return;
      }
      question.responses += 1;
      const answer = { frame: packet.frame, rcode, addresses: all(packet.row, 'dns.a').slice(0, 16) };
      const { first } = question;
      if (first === null) {
        if (rcode === NXDOMAIN || answer.addresses.length > 0) question.first = answer;
        return;
      }
      // A query sent again may be answered again, and differently where load is shared.
      if (question.responses <= question.queries || !differ(first, answer)) return;
      const row = rows.at(`${packet.source} ${packet.target}`);
      if (row === null || (row.ids.size >= MAX_NAMES && !row.ids.has(id))) return;
      if (!row.ids.has(id)) addEvidence(row.answers, first.frame);
      addEvidence(row.answers, packet.frame);
      row.ids.add(id);
      addBounded(row.names, name, MAX_NAMES);
    },
    finish: () => rows.values(),
  };
}

function differ(one: Answer, other: Answer): boolean {
  if (one.rcode === 0 && other.rcode === 0)
    return other.addresses.length > 0 && !other.addresses.some((address) => one.addresses.includes(address));
  return one.rcode !== other.rcode && (one.addresses.length > 0 || other.addresses.length > 0);
}
