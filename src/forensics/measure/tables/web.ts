import { addBounded, addEvidence, createPairMap, noEvidence, type Evidence } from '../bounded.ts';
import type { Packet } from '../packet.ts';
import { has, number, text } from '../row.ts';

/** HTTP/1 between one client and one server. */
export interface WebPair {
  client: string;
  server: string;
  ports: Set<number>;
  requests: Evidence;
  paths: Set<string>;
  responses: number;
  /** Responses 4xx without 401 and 407, which are the first half of a login. */
  clientErrors: Evidence;
  serverErrors: Evidence;
  firstAt: number;
  lastAt: number;
}

const MAX_PAIRS = 20_000;
const MAX_PATHS = 2_000;

export function createWeb() {
  const pairs = createPairMap<WebPair>(MAX_PAIRS, newPair);
  return {
    add(packet: Packet): void {
      const { transport, source, target, row } = packet;
      if (transport === null || source === null || target === null || !packet.layers.includes('http')) return;
      if (has(row, 'http.request.method')) {
        const pair = pairs.at(source, target);
        if (pair === null) return;
        addEvidence(pair.requests, packet.frame);
        addBounded(pair.ports, transport.targetPort, 20);
        addBounded(pair.paths, text(row, 'http.request.uri').slice(0, 120), MAX_PATHS);
        pair.firstAt = Math.min(pair.firstAt, packet.at);
        pair.lastAt = Math.max(pair.lastAt, packet.at);
      }
      const status = number(row, 'http.response.code');
      if (status === null) return;
      const pair = pairs.at(target, source);
      if (pair === null) return;
      pair.responses += 1;
      addBounded(pair.ports, transport.sourcePort, 20);
      if (status >= 500 && status < 600) addEvidence(pair.serverErrors, packet.frame);
      else if (status >= 400 && status < 500 && status !== 401 && status !== 407) {
        addEvidence(pair.clientErrors, packet.frame);
      }
    },
    finish: () => pairs.values(),
  };
}

function newPair(client: string, server: string): WebPair {
  return {
    client,
    server,
    ports: new Set(),
    requests: noEvidence(),
    paths: new Set(),
    responses: 0,
    clientErrors: noEvidence(),
    serverErrors: noEvidence(),
    firstAt: Infinity,
    lastAt: -Infinity,
  };
}
