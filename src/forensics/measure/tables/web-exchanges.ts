import type { Packet } from '../packet.ts';
import { has, number, text } from '../row.ts';
import { createTally, type Tally } from '../tally.ts';

/** HTTP/1 over the whole capture. */
export interface WebExchanges {
  requests: number;
  responses: number;
  methods: Tally;
  statuses: Tally;
  hosts: Tally;
  /** Request to response, in seconds. */
  latencies: number[];
}

const MAX_OPEN = 20_000;
const MAX_WAITING = 64;
const MAX_LATENCIES = 100_000;
const MAX_HOSTS = 20_000;

export function createWebExchanges() {
  const exchanges: WebExchanges = {
    requests: 0,
    responses: 0,
    methods: createTally(100),
    statuses: createTally(1_000),
    hosts: createTally(MAX_HOSTS),
    latencies: [],
  };
  /** Per connection, when the requests came that wait for their response. */
  const open = new Map<number, number[]>();
  return {
    add({ row, layers, transport, at, captured, bytes }: Packet): void {
      if (transport === null || !layers.includes('http')) return;
      if (has(row, 'http.request.method')) {
        exchanges.requests += 1;
        exchanges.methods.add(text(row, 'http.request.method'));
        // A name that is cut off is another name.
        const host = captured < bytes ? '' : text(row, 'http.host').toLowerCase();
        if (host !== '') exchanges.hosts.add(host);
        const waiting = open.get(transport.stream);
        if (waiting === undefined && open.size < MAX_OPEN) open.set(transport.stream, [at]);
        else if (waiting !== undefined && waiting.length < MAX_WAITING) waiting.push(at);
      }
      const status = number(row, 'http.response.code');
      if (status === null) return;
      exchanges.responses += 1;
      exchanges.statuses.add(String(status));
      // 1xx announce the response, they are none.
      const asked = status < 200 ? undefined : open.get(transport.stream)?.shift();
      if (asked !== undefined && exchanges.latencies.length < MAX_LATENCIES)
        exchanges.latencies.push(at - asked);
    },
    finish: () => exchanges,
  };
}
