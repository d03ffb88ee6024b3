import { addBounded, addEvidence, createBoundedMap, noEvidence, type Evidence } from '../bounded.ts';
import type { FindingKind } from '../../../domain/finding-kinds.ts';
import type { Packet } from '../packet.ts';
import { has, text } from '../row.ts';

/** Something that one packet shows all by itself. */
export interface Sign {
  kind: FindingKind;
  layer: string;
  shows: (packet: Packet) => boolean;
  /** Display filter for the same packets. */
  filter: string;
}

/** Packets with one sign from one host to another. */
export interface SignRow {
  kind: FindingKind;
  source: string;
  target: string;
  ports: Set<number>;
  seen: Evidence;
}

const SPACE = String.raw`([+]|%20|%09|%0a|\s|/[*][^*/]{0,20}[*]/)+`;

/** Patterns over the request line as it was sent, in the words that JavaScript and PCRE share; none can backtrack for long. */
const SQL = `union${SPACE}(all${SPACE})?select|information_schema|(%27|')${SPACE}or${SPACE}.{1,20}=|waitfor${SPACE}delay`;
const SCRIPT = String.raw`(<|%3c)\s{0,5}(script|svg|img|iframe)[^&]{0,80}(>|%3e|%20on[a-z]+=|[+]on[a-z]+=)`;
const TRAVERSAL = String.raw`([.][.]|%2e%2e)(/|%2f|%5c).{0,80}(etc(/|%2f)passwd|win[.]ini|boot[.]ini)`;

const inUri = (kind: FindingKind, pattern: string): Sign => {
  const expression = new RegExp(pattern, 'i');
  return {
    kind,
    layer: 'http',
    // tshark 4.4 repeats the address of the request with the response.
    shows: ({ row }) =>
      has(row, 'http.request.method') && expression.test(text(row, 'http.request.uri').slice(0, 4_000)),
    filter: `http.request.method && http.request.uri matches r"(?i)${pattern}"`,
  };
};

export const SIGNS: readonly Sign[] = [
  inUri('web_attack_sqli', SQL),
  inUri('web_attack_xss', SCRIPT),
  inUri('web_attack_traversal', TRAVERSAL),
  {
    kind: 'routing_weak_auth',
    layer: 'hsrp',
    shows: ({ row }) => text(row, 'hsrp.auth_data') === 'cisco',
    filter: 'hsrp.auth_data == "cisco"',
  },
];

const MAX_ROWS = 20_000;

export function createSigns() {
  const rows = createBoundedMap<SignRow & { sign: number }>(MAX_ROWS, (key) => {
    const [sign = '', source = '', target = ''] = key.split(' ');
    const kind = SIGNS[Number(sign)]?.kind ?? 'web_attack';
    return { sign: Number(sign), kind, source, target, ports: new Set(), seen: noEvidence() };
  });
  return {
    add(packet: Packet): void {
      const { layers, source, target, transport, frame } = packet;
      if (source === null || target === null) return;
      for (const [index, sign] of SIGNS.entries()) {
        if (!layers.includes(sign.layer) || !sign.shows(packet)) continue;
        const row = rows.at(`${index} ${source} ${target}`);
        if (row === null) continue;
        addEvidence(row.seen, frame);
        if (transport !== null)
          addBounded(row.ports, Math.min(transport.sourcePort, transport.targetPort), 20);
      }
    },
    finish: (): SignRow[] => rows.values(),
  };
}
