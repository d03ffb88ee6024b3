import { stated } from '../../../domain/confidence.ts';
import type { FindingDraft } from '../../../domain/finding.ts';
import { mergeEvidence } from '../bounded.ts';
import { draft, times, type Detector } from '../draft.ts';
import { all, any, between, fromAny } from '../filter.ts';
import { WEAK_AUTHS, type WeakAuth } from '../tables/routing.ts';
import type { Tables } from '../tables.ts';

/** BGP sessions closed by NOTIFICATION. */
export const bgpSessionReset: Detector = { kind: 'bgp_session_reset', detect: detectBgp };

/** Routing protocols that anybody on the network can join. */
export const routingNoAuth: Detector = { kind: 'routing_weak_auth', detect: detectAuth };

const MAX_ROUTERS = 20;

/** RFC 4271 section 4.5, RFC 7313. */
const ERRORS: Record<number, string> = {
  1: 'a broken message header',
  2: 'an OPEN message it does not accept',
  3: 'an UPDATE message it does not accept',
  4: 'a hold timer that ran out',
  5: 'a message out of turn',
  6: 'an administrative end (Cease)',
  7: 'a broken ROUTE-REFRESH message',
};

function detectBgp({ routing }: Tables): FindingDraft[] {
  return routing.closures.map(({ closer, peer, notifications, errors }) =>
    draft('bgp_session_reset', {
      title: `${closer} closed its BGP session with ${peer} ${times(notifications.count, 'time')}`,
      severity: 'high',
      ...stated('the NOTIFICATION message'),
      actor: [closer],
      target: [peer],
      ports: [179],
      evidence: notifications,
      filter: all('bgp.type == 3', between(closer, peer)),
      explanation:
        `NOTIFICATION because of ${[...errors].map((code) => ERRORS[code] ?? `error code ${code}`).join(', ')}: all routes ` +
        `learned over this session are withdrawn until it is up again.`,
      alternatives: 'Planned maintenance, where the reason is Cease.',
      notChecked: 'Sessions that end by a TCP reset alone, and which routes went away.',
    }),
  );
}

function detectAuth({ routing }: Tables): FindingDraft[] {
  const byProtocol = Map.groupBy(routing.weakAuths, ({ index }) => WEAK_AUTHS[index]?.protocol ?? '');
  return [...byProtocol].map(([protocol, rows]: [string, WeakAuth[]]) => {
    const routers = [...new Set(rows.map(({ router }) => router))].slice(0, MAX_ROUTERS);
    const kinds = [...new Set(rows.map(({ index }) => index))].flatMap((index) => WEAK_AUTHS[index] ?? []);
    return draft('routing_weak_auth', {
      title: `${protocol} of ${times(routers.length, 'router')} runs with ${kinds.map(({ how }) => how).join(' or ')}`,
      severity: 'low',
      ...stated('the field that names the kind of authentication'),
      actor: routers,
      target: [],
      evidence: mergeEvidence(rows.map(({ seen }) => seen)),
      filter: all(any(...kinds.map(({ filter }) => `(${filter})`)), fromAny(routers)),
      explanation: `Whoever is on this network can speak ${protocol} with these routers and send traffic elsewhere.`,
      alternatives: 'A laboratory, a network on which only routers can be, or protection by IPsec.',
      notChecked: 'BGP (MD5 of its TCP segments), IS-IS and PIM.',
    });
  });
}
