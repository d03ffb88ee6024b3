import type { CaptureFacts } from '../../../domain/facts.ts';
import type { SeenCertificate } from '../../../domain/facts/web.ts';
import type { Fingerprint } from '../tables/hellos.ts';
import type { SeenLeaf } from '../tables/certificates.ts';
import type { Tables } from '../tables.ts';
import { isoTime, latencyOf, sum, top } from './figures.ts';

const MAX_NAMES = 25;
const MAX_CERTIFICATES = 20;

/** TLS over TCP and in QUIC; null where there was none. */
export function tlsFacts({ hellos, certificates }: Tables): CaptureFacts['tls'] {
  const { clientHellos, serverHellos, names } = hellos;
  const alerts = hellos.alerts.rows();
  if (clientHellos + serverHellos + alerts.length + certificates.leaves.length === 0) return null;
  const asked = names
    .toSorted((a, b) => b.hellos - a.hellos || (a.name < b.name ? -1 : 1))
    .map(({ name, hellos: count, servers }) => ({ name, hellos: count, servers: servers.size }));
  const shown = certificates.leaves.toSorted((a, b) => b.shown - a.shown);
  return {
    clientHellos,
    serverHellos,
    offered: top(hellos.offered.rows(), 8),
    chosen: top(hellos.chosen.rows(), 8),
    ciphers: top(hellos.ciphers.rows(), 10),
    alpn: top(hellos.alpn.rows(), 8),
    names: top(asked, MAX_NAMES),
    ja3: top(fingerprints(hellos.ja3), 10),
    ja4: top(fingerprints(hellos.ja4), 10),
    certificates: top(shown.map(certificate), MAX_CERTIFICATES),
    alerts: top(alerts, 12),
  };
}

const fingerprints = (rows: readonly Fingerprint[]) =>
  rows
    .toSorted((a, b) => b.hellos - a.hellos || (a.value < b.value ? -1 : 1))
    .map(({ value, hellos, clients }) => ({ value, hellos, clients: clients.size }));

function certificate({
  server,
  names,
  issuer,
  notBefore,
  notAfter,
  firstAt,
  faults,
  shown,
}: SeenLeaf): SeenCertificate {
  const known = notBefore !== null && notAfter !== null && notBefore <= notAfter;
  const validity = !known ? 'unknown' : firstAt < notBefore ? 'early' : firstAt > notAfter ? 'over' : 'valid';
  return {
    server,
    names,
    issuer,
    notBefore: isoTime(notBefore),
    notAfter: isoTime(notAfter),
    validity,
    faults: [...faults],
    shown,
  };
}

export function quicFacts({ hellos }: Tables): CaptureFacts['quic'] {
  const versions = hellos.quicVersions.rows();
  if (versions.length === 0 && hellos.quicHellos === 0) return null;
  return { clientHellos: hellos.quicHellos, versions: top(versions, 8) };
}

export function httpFacts({ webExchanges }: Tables): CaptureFacts['http'] {
  const { requests, responses, methods, statuses, hosts, latencies } = webExchanges;
  if (requests + responses === 0) return null;
  const rows = statuses.rows();
  const inClass = (digit: string): number =>
    sum(rows.filter(({ name }) => name.length === 3 && name.startsWith(digit)).map(({ count }) => count));
  return {
    requests,
    responses,
    methods: top(methods.rows(), 12),
    statusClasses: {
      '1xx': inClass('1'),
      '2xx': inClass('2'),
      '3xx': inClass('3'),
      '4xx': inClass('4'),
      '5xx': inClass('5'),
    },
    statuses: top(rows, 15),
    hosts: top(hosts.rows(), 20),
    latency: latencyOf(latencies),
  };
}
