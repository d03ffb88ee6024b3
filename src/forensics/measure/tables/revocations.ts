import { addBounded, addEvidence, createBoundedMap, noEvidence, type Evidence } from '../bounded.ts';
import type { Packet } from '../packet.ts';
import { numbers } from '../row.ts';

/** Answers of the Online Certificate Status Protocol that say "revoked". */
export interface Revocations {
  responder: string;
  client: string;
  ports: Set<number>;
  answers: Evidence;
}

const MAX_ROWS = 20_000;
/** CertStatus of RFC 6960: good, revoked, unknown. */
const REVOKED = 1;

export function createRevocations() {
  const rows = createBoundedMap<Revocations>(MAX_ROWS, (key) => {
    const [responder = '', client = ''] = key.split(' ');
    return { responder, client, ports: new Set(), answers: noEvidence() };
  });
  return {
    add({ row, source, target, frame, transport }: Packet): void {
      if (source === null || target === null || !numbers(row, 'ocsp.certStatus').includes(REVOKED)) return;
      const entry = rows.at(`${source} ${target}`);
      if (entry === null) return;
      addEvidence(entry.answers, frame);
      if (transport !== null) addBounded(entry.ports, transport.sourcePort, 20);
    },
    finish: () => rows.values(),
  };
}
