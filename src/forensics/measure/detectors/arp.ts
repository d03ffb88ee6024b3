import { agreeing, measured } from '../../../domain/confidence.ts';
import type { FindingDraft } from '../../../domain/finding.ts';
import { mergeEvidence } from '../bounded.ts';
import { draft, duration, grade, times, type Detector } from '../draft.ts';
import { all, oneOf } from '../filter.ts';
import { isArpScan } from '../scans.ts';
import type { ArpClaim } from '../tables/arp.ts';
import type { Tables } from '../tables.ts';

/** One IP address claimed by several MAC addresses at the same time. */
export const arpSpoofing: Detector = { kind: 'arp_spoofing', detect: detectSpoofing };

/** ARP requests that sweep a subnet. */
export const arpScan: Detector = { kind: 'arp_scan', detect: detectScan };

const INSISTENT_CLAIMS = 3;
const MAX_LISTED = 50;
/** VRRP, HSRP and GLBP move a shared address between routers: that is their purpose. */
const SHARED_ROUTER_MAC = /^(00:00:5e:00:0[12]|00:00:0c:07:ac|00:00:0c:9f:f|00:05:73:a0|00:07:b4:00)/;

function detectSpoofing({ arp }: Tables): FindingDraft[] {
  const claims = arp.claims.filter(({ mac }) => !SHARED_ROUTER_MAC.test(mac));
  const contested = contestedAddresses(claims);
  const reach = (mac: string): number =>
    contested.filter((rivals) => rivals.some((claim) => claim.mac === mac)).length;
  const intruders = contested.map((rivals) =>
    rivals.reduce((a, b) =>
      (reach(b.mac) - reach(a.mac) || b.replies - a.replies || b.firstAt - a.firstAt) > 0 ? b : a,
    ),
  );
  const accused = new Set([...intruders, ...claimsOnBothEnds(claims)]);
  return [...Map.groupBy(accused, ({ mac }) => mac)].map(([mac, own]) => spoofing(mac, own, claims));
}

/** Claims per IP address, where several MAC addresses claim it within the same stretch of time. */
function contestedAddresses(claims: readonly ArpClaim[]): ArpClaim[][] {
  return [...Map.groupBy(claims, ({ ip }) => ip).values()].filter((rivals) => {
    const [first, second] = rivals.toSorted((a, b) => a.firstAt - b.firstAt);
    return first !== undefined && second !== undefined && second.firstAt <= first.lastAt;
  });
}

/** One MAC address telling A that it is B, and B that it is A: nobody but a man in the middle has reason to. */
function claimsOnBothEnds(claims: readonly ArpClaim[]): ArpClaim[] {
  const insistent = claims.filter((claim) => claim.replies >= INSISTENT_CLAIMS && !claim.told.has(claim.ip));
  const known = new Map(insistent.map((claim) => [`${claim.mac} ${claim.ip}`, claim]));
  return insistent.filter((claim) =>
    [...claim.told].some((told) => known.get(`${claim.mac} ${told}`)?.told.has(claim.ip)),
  );
}

function spoofing(mac: string, own: readonly ArpClaim[], claims: readonly ArpClaim[]): FindingDraft {
  const evidence = mergeEvidence(own.map((claim) => claim.claims));
  const ips = own.map((claim) => claim.ip);
  const listed = ips.slice(0, MAX_LISTED);
  const rivals = new Set(
    claims.filter((claim) => ips.includes(claim.ip) && claim.mac !== mac).map((claim) => claim.mac),
  );
  return draft('arp_spoofing', {
    title: `${mac} claims ${times(ips.length, 'IP address')} that belong to others`,
    severity: grade(
      [
        ['high', own.some((claim) => claim.replies >= INSISTENT_CLAIMS)],
        ['medium', own.some((claim) => claim.replies > 0)],
      ],
      'low',
    ),
    ...(ips.length > 1
      ? agreeing(ips.length, 2, 'addresses claimed by one card')
      : measured(evidence.count, 10, 'claims against another card')),
    actor: [mac],
    target: [...ips, ...rivals],
    evidence,
    filter: all(
      'arp.opcode in {1, 2}',
      `arp.src.hw_mac == ${mac}`,
      listed.length === ips.length && oneOf('arp.src.proto_ipv4', listed),
    ),
    matching: listed.length === ips.length ? evidence.count : null,
    explanation:
      `${mac} said ${times(evidence.count, 'time')} that it is ${ips.slice(0, 3).join(', ')}${ips.length > 3 ? ' and others' : ''}` +
      `${rivals.size > 0 ? ', while another MAC address said the same' : ', telling each of them that it is the other'}: ` +
      `traffic can be led past it.`,
    alternatives: 'Two hosts with the same address by mistake, a fail-over pair, or a replaced network card.',
    notChecked: 'Whether traffic really went through the claiming host.',
  });
}

function detectScan({ arp }: Tables): FindingDraft[] {
  return arp.askers.filter(isArpScan).map(({ mac, ips, requests, targets, firstAt, lastAt }) =>
    draft('arp_scan', {
      title: `${[...ips][0] ?? mac} asked for ${targets.size} addresses by ARP`,
      severity: 'medium',
      ...measured(targets.size, 100, 'addresses asked for'),
      actor: [...ips, mac],
      target: [],
      evidence: requests,
      filter: `arp.opcode == 1 && arp.src.hw_mac == ${mac} && arp.src.proto_ipv4 != arp.dst.proto_ipv4`,
      explanation: `${requests.count} ARP requests for ${targets.size} addresses in ${duration(lastAt - firstAt)}.`,
      alternatives: 'A router that looks for hosts which somebody behind it scans, or an inventory tool.',
      notChecked: 'Scans slower than one address in two seconds.',
    }),
  );
}
