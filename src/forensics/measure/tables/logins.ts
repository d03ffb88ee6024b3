import { addBounded, addEvidence, createBoundedMap, noEvidence, type Evidence } from '../bounded.ts';
import { memoByObject } from '../memo.ts';
import type { Packet } from '../packet.ts';
import { has, number, text } from '../row.ts';
import { HTTP_CREDENTIALS, SECRETS, REFUSALS, type LoginSign } from './login-signs.ts';

/** Signs of one kind between a client and a server. What the secret was is never kept. */
export interface LoginRow {
  sign: string;
  client: string;
  server: string;
  ports: Set<number>;
  seen: Evidence;
  firstAt: number;
  lastAt: number;
}

export interface LoginTable {
  secrets: LoginRow[];
  refusals: LoginRow[];
}

const MAX_ROWS = 20_000;
const UNAUTHORIZED = 401;

/** Passwords in the clear and logins refused, protocol by protocol. */
export function createLogins() {
  const secrets = createBoundedMap<LoginRow>(MAX_ROWS, newRow);
  const refusals = createBoundedMap<LoginRow>(MAX_ROWS, newRow);
  const anonymous = new Set<number>();
  /** Streams whose last request carried credentials. */
  const offered = new Set<number>();
  const signsOf = memoByObject((layers: readonly string[]) => ({
    secrets: SECRETS.filter(({ layer }) => layers.includes(layer)),
    refusals: REFUSALS.filter(({ layer }) => layers.includes(layer)),
    isHttp: layers.includes('http'),
  }));
  return {
    add(packet: Packet): void {
      const { transport } = packet;
      if (transport === null || packet.source === null || packet.target === null) return;
      const signs = signsOf(packet.layers);
      for (const sign of signs.secrets) {
        const verdict = sign.shows(packet);
        if (verdict === 'anonymous') addBounded(anonymous, transport.stream, MAX_ROWS);
        if (verdict === 'yes' && !anonymous.has(transport.stream)) note(secrets, sign, packet);
      }
      if (signs.isHttp) followHttp(packet, offered, refusals);
      for (const sign of signs.refusals) {
        if (sign.shows(packet) === 'yes') note(refusals, sign, packet);
      }
    },
    finish: (): LoginTable => ({ secrets: secrets.values(), refusals: refusals.values() }),
  };
}

function newRow(key: string): LoginRow {
  const [sign = '', client = '', server = ''] = key.split(' ');
  return {
    sign,
    client,
    server,
    ports: new Set(),
    seen: noEvidence(),
    firstAt: Infinity,
    lastAt: -Infinity,
  };
}

type Rows = ReturnType<typeof createBoundedMap<LoginRow>>;

function note(rows: Rows, sign: LoginSign, packet: Packet): void {
  const { source, target, transport } = packet;
  if (transport === null) return;
  const [client, server, port] =
    sign.from === 'client' ? [source, target, transport.targetPort] : [target, source, transport.sourcePort];
  const row = rows.at(`${sign.id} ${client} ${server}`);
  if (row === null) return;
  addEvidence(row.seen, packet.frame);
  addBounded(row.ports, port, 20);
  row.firstAt = Math.min(row.firstAt, packet.at);
  row.lastAt = Math.max(row.lastAt, packet.at);
}

/** Schemes whose first word already is the credential; NTLM begins with two messages that are not. */
const CREDENTIALS = /^(Basic|Digest|Bearer|(NTLM|Negotiate) TlRMTVNTUAAD)/i;

/** A 401 that answers credentials refuses them, and does not merely ask for some. */
function followHttp(packet: Packet, offered: Set<number>, refusals: Rows): void {
  const { row, transport } = packet;
  if (transport === null) return;
  if (has(row, 'http.request.method')) {
    if (CREDENTIALS.test(text(row, 'http.authorization'))) addBounded(offered, transport.stream, MAX_ROWS);
    else offered.delete(transport.stream);
  } else if (has(row, 'http.response.code')) {
    const answered = offered.delete(transport.stream);
    if (answered && number(row, 'http.response.code') === UNAUTHORIZED)
      note(refusals, HTTP_CREDENTIALS, packet);
  }
}
