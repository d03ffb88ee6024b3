import { confirmed, stated } from '../../../domain/confidence.ts';
import type { FindingDraft } from '../../../domain/finding.ts';
import { draft, times, type Detector } from '../draft.ts';
import { from } from '../filter.ts';
import { isGroupAddress, isIpv6 } from '../packet.ts';
import type { Advertiser } from '../tables/icmp.ts';
import type { Tables } from '../tables.ts';

/** Router advertisements in the name of a router, sent by another network card. */
export const ipv6RogueRa: Detector = { kind: 'ipv6_rogue_ra', detect: detectRogue };

/** Echo requests whose sender is a multicast address, so that many answer to many. */
export const amplification: Detector = { kind: 'amplification', detect: detectAmplification };

const MIN_PINGS = 10;

function detectRogue({ icmp }: Tables): FindingDraft[] {
  return [...Map.groupBy(icmp.advertisers, ({ address }) => address).values()].flatMap((cards) => {
    if (cards.length < 2) return [];
    const rogue = cards.reduce((a, b) => (suspicion(b) > suspicion(a) ? b : a));
    const { address, mac, advertisements, withdrawals } = rogue;
    return [
      draft('ipv6_rogue_ra', {
        title: `${mac} advertises itself as the router ${address}`,
        severity: 'high',
        ...confirmed(
          withdrawals > 0,
          'one card withdraws the router that another announces',
          'two cards announce one router',
        ),
        actor: [mac],
        target: [address],
        evidence: advertisements,
        filter: `icmpv6.type == 134 && eth.src == ${mac} && ipv6.src == ${address}`,
        explanation:
          `${times(advertisements.count, 'router advertisement')} of ${address} came from a MAC address other than the router's` +
          `${withdrawals > 0 ? `; ${withdrawals} of them tell hosts to stop using it` : ''}.`,
        alternatives: 'A router whose network card was replaced, or a fail-over pair.',
        notChecked: 'Which of the MAC addresses belongs to the real router.',
      }),
    ];
  });
}

/** Who withdraws a router that another card announces is the intruder; else who came later. */
const suspicion = ({ withdrawals, advertisements, firstAt }: Advertiser): number =>
  (withdrawals === advertisements.count ? 1e12 : 0) + firstAt;

function detectAmplification({ icmp }: Tables): FindingDraft[] {
  const forged = icmp.pingers.filter(
    ({ source, requests }) => isGroupAddress(source) && requests.count >= MIN_PINGS,
  );
  return forged.map(({ source, requests, targets }) =>
    draft('amplification', {
      title: `${times(requests.count, 'ping')} claim to come from the group address ${source}`,
      severity: 'high',
      ...stated('a group address as sender, which no standard allows'),
      actor: [source],
      target: targets,
      evidence: requests,
      filter: `${isIpv6(source) ? 'icmpv6.type == 128' : 'icmp.type == 8'} && ${from(source)}`,
      explanation:
        'No host may send from a group address: whoever answers floods the whole group (smurf attack).',
      alternatives: 'A broken network stack.',
      notChecked: 'Who answered.',
    }),
  );
}
