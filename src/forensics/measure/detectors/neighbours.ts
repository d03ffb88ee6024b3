import { confirmed, measured } from '../../../domain/confidence.ts';
import type { FindingDraft } from '../../../domain/finding.ts';
import { mergeEvidence } from '../bounded.ts';
import { draft, grade, times, type Detector } from '../draft.ts';
import { oneOf } from '../filter.ts';
import type { LinkRouter, NeighbourClaim } from '../tables/neighbours.ts';
import type { Tables } from '../tables.ts';

/** One IPv6 address claimed by several network cards at the same time. */
export const neighbourSpoofing: Detector = { kind: 'arp_spoofing', detect: detectClaims };

/** A second router that offers a network of its own, and has no business to. */
export const secondRouter: Detector = { kind: 'ipv6_rogue_ra', detect: detectRouters };

const INSISTENT_CLAIMS = 3;
const MAX_ADDRESSES = 50;
/** Addresses that routers share by VRRP, HSRP or GLBP. */
const SHARED_MAC = /^(00:00:5e:00:0[12]|00:05:73:a0|00:07:b4:00|00:00:0c:9f:f)/;

function detectClaims({ neighbours }: Tables): FindingDraft[] {
  const claims = neighbours.claims.filter(({ mac }) => !SHARED_MAC.test(mac));
  const contested = [...Map.groupBy(claims, ({ ip }) => ip).values()].filter((rivals) => {
    const [first, second] = rivals.toSorted((a, b) => a.firstAt - b.firstAt);
    return first !== undefined && second !== undefined && second.firstAt <= first.lastAt;
  });
  const reach = (mac: string): number =>
    contested.filter((rivals) => rivals.some((claim) => claim.mac === mac)).length;
  const weight = ({ mac, claims: { count }, firstAt }: NeighbourClaim): number =>
    reach(mac) * 1e15 + count * 1e11 + firstAt;
  const intruders = contested.map((rivals) => rivals.reduce((a, b) => (weight(b) > weight(a) ? b : a)));
  return [...Map.groupBy(intruders, ({ mac }) => mac)].map(([mac, own]) => {
    const evidence = mergeEvidence(own.map((claim) => claim.claims));
    const ips = own.map(({ ip }) => ip);
    const rivals = claims.filter((claim) => ips.includes(claim.ip) && claim.mac !== mac);
    return draft('arp_spoofing', {
      title: `${mac} claims ${times(ips.length, 'IPv6 address')} that belong to others`,
      severity: grade([['high', evidence.count >= INSISTENT_CLAIMS]], 'medium'),
      ...measured(evidence.count, 10, 'claims against another card'),
      actor: [mac],
      target: [...ips, ...new Set(rivals.map((claim) => claim.mac))],
      evidence,
      filter:
        `icmpv6.type == 136 && eth.src == ${mac} && ` +
        oneOf('icmpv6.nd.na.target_address', ips.slice(0, MAX_ADDRESSES)),
      explanation: `${times(evidence.count, 'neighbour advertisement')} of ${mac} name addresses that another card claims at the same time: traffic can be led past it.`,
      alternatives:
        'Two hosts with the same address by mistake, a fail-over pair, or a proxy for neighbours.',
      notChecked: 'Whether traffic really went through the claiming host.',
    });
  });
}

function detectRouters({ neighbours }: Tables): FindingDraft[] {
  const { routers, hosts } = neighbours;
  const cards = [...Map.groupBy(routers, ({ mac }) => mac).values()];
  if (cards.length < 2) return [];
  const oldest = routers.reduce((a, b) => (b.firstAt < a.firstAt ? b : a));
  return routers
    .filter((router) => isIntruder(router, oldest, hosts))
    .map((router) => {
      const { address, mac, advertisements, wantsPreference } = router;
      const wasHost = hosts.has(mac);
      return draft('ipv6_rogue_ra', {
        title: `${mac} offers itself as a router beside ${oldest.address}`,
        severity: 'medium',
        ...confirmed(
          wasHost,
          'the same card asked for a router before, as only hosts do',
          'it wants to be preferred to the router that was there first',
        ),
        actor: [mac, address],
        target: [oldest.address],
        evidence: advertisements,
        filter: `icmpv6.type == 134 && eth.src == ${mac} && ipv6.src == ${address}`,
        explanation:
          `${times(advertisements.count, 'router advertisement')} for a network that the other router does not know` +
          `${wantsPreference ? ', with the wish to be preferred' : ''}${wasHost ? ', from a card that had asked for a router itself' : ''}: hosts send it what they send out.`,
        alternatives: 'A second router that is meant to be there, or a laptop that shares its connection.',
        notChecked: 'Whether hosts followed it.',
      });
    });
}

/** Came second, shares no prefix with the first, and is either a host or pushy. */
const isIntruder = (router: LinkRouter, oldest: LinkRouter, hosts: ReadonlySet<string>): boolean =>
  router.mac !== oldest.mac &&
  router.address !== oldest.address &&
  router.prefixes.size > 0 &&
  ![...router.prefixes].some((prefix) => oldest.prefixes.has(prefix)) &&
  (hosts.has(router.mac) || (router.wantsPreference && !oldest.wantsPreference));
