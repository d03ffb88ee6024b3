import type { FindingDraft } from '../../../domain/finding.ts';
import { mergeEvidence } from '../bounded.ts';
import { draft, duration, grade, times, type Detector } from '../draft.ts';
import { oneOf } from '../filter.ts';
import type { ArpClaim } from '../tables/arp.ts';
import type { Tables } from '../tables.ts';

/** One IP address claimed by several MAC addresses at the same time. */
export const arpSpoofing: Detector = { kind: 'arp_spoofing', detect: detectSpoofing };

/** ARP requests that sweep a subnet. */
export const arpScan: Detector = { kind: 'arp_scan', detect: detectScan };

const INSISTENT_CLAIMS = 3;
const SCANNED_ADDRESSES = 30;
const SECONDS_PER_ADDRESS = 2;
/** VRRP, HSRP and GLBP move a shared address between routers: that is their purpose. */
const SHARED_ROUTER_MAC = /^(00:00:5e:00:0[12]|00:00:0c:07:ac|00:00:0c:9f:f|00:05:73:a0|00:07:b4:00)/;

function detectSpoofing({ arp }: Tables): FindingDraft[] {
  const contested = contestedAddresses(arp.claims.filter(({ mac }) => !SHARED_ROUTER_MAC.test(mac)));
  const reach = (mac: string): number =>
    contested.filter((claims) => claims.some((claim) => claim.mac === mac)).length;
  const later = contested.map((claims) =>
    claims.reduce((a, b) =>
      (reach(b.mac) - reach(a.mac) || b.replies - a.replies || b.firstAt - a.firstAt) > 0 ? b : a,
    ),
  );
  const byMac = Map.groupBy(later, ({ mac }) => mac);
  return [...byMac].map(([mac, claims]) => spoofing(mac, claims, contested));
}

/** Claims per IP address, where several MAC addresses claim it within the same stretch of time. */
function contestedAddresses(claims: readonly ArpClaim[]): ArpClaim[][] {
  return [...Map.groupBy(claims, ({ ip }) => ip).values()].filter((rivals) => {
    const [first, second] = rivals.toSorted((a, b) => a.firstAt - b.firstAt);
    return first !== undefined && second !== undefined && second.firstAt <= first.lastAt;
  });
}

function spoofing(mac: string, claims: readonly ArpClaim[], contested: readonly ArpClaim[][]): FindingDraft {
  const evidence = mergeEvidence(claims.map((claim) => claim.claims));
  const ips = claims.map((claim) => claim.ip);
  const rivals = contested.flat().filter((claim) => ips.includes(claim.ip) && claim.mac !== mac);
  return draft('arp_spoofing', {
    title: `${mac} claims ${times(ips.length, 'IP address')} that others hold`,
    severity: grade([['high', claims.some((claim) => claim.replies >= INSISTENT_CLAIMS)]], 'medium'),
    confidence: ips.length > 1 || evidence.count >= 10 ? 'high' : 'medium',
    actor: [mac],
    target: [...ips, ...new Set(rivals.map((claim) => claim.mac))],
    evidence,
    filter: `arp.src.hw_mac == ${mac} && ${oneOf('arp.src.proto_ipv4', ips.slice(0, 50))}`,
    explanation:
      `${mac} said ${times(evidence.count, 'time')} that it is ${ips.slice(0, 3).join(', ')}` +
      `${ips.length > 3 ? ' and others' : ''}, while another MAC address said the same: traffic can be led past it.`,
    alternatives: 'Two hosts with the same address by mistake, a fail-over pair, or a replaced network card.',
    notChecked: 'Whether traffic really went through the claiming host.',
  });
}

function detectScan({ arp }: Tables): FindingDraft[] {
  const scanners = arp.askers.filter(
    ({ targets, firstAt, lastAt }) =>
      targets.size >= SCANNED_ADDRESSES && lastAt - firstAt <= targets.size * SECONDS_PER_ADDRESS,
  );
  return scanners.map(({ mac, ips, requests, targets, firstAt, lastAt }) =>
    draft('arp_scan', {
      title: `${[...ips][0] ?? mac} asked for ${targets.size} addresses by ARP`,
      severity: 'medium',
      confidence: targets.size >= 100 ? 'high' : 'medium',
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
