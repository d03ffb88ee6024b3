import { measured, stated } from '../../../domain/confidence.ts';
import type { FindingDraft } from '../../../domain/finding.ts';
import { draft, duration, grade, times, type Detector } from '../draft.ts';
import { all, notQuoted, to } from '../filter.ts';
import { isIpv6 } from '../packet.ts';
import type { Fragments } from '../tables/fragments.ts';
import type { Tables } from '../tables.ts';

/** Fragments that never become packets, or that overlap as no sender makes them. */
export const fragmentFlood: Detector = { kind: 'fragment_flood', detect };

const MIN_FRAGMENTS = 50;
const MANY = 500;
const LOST_SHARE = 0.5;
const MIN_OVERLAPS = 2;
const MAX_ACTORS = 20;

const incomplete = ({ seen, completed, unjudged }: Fragments): number => seen.count - completed - unjudged;

const isFlood = (fragments: Fragments): boolean =>
  incomplete(fragments) >= MIN_FRAGMENTS &&
  incomplete(fragments) >= (fragments.seen.count - fragments.unjudged) * LOST_SHARE;

/** The teardrop attack needs a single packet. */
const isForged = ({ overlaps, inside }: Fragments): boolean => inside > 0 || overlaps.count >= MIN_OVERLAPS;

function detect({ fragments, overview }: Tables): FindingDraft[] {
  const odd = fragments.filter((each) => isFlood(each) || isForged(each));
  return odd.map((each) => {
    const { target, seen, sources, overlaps, firstAt, lastAt } = each;
    const isV6 = isIpv6(target);
    return draft('fragment_flood', {
      title: `${times(seen.count, 'IP fragment')} to ${target}, of which ${incomplete(each)} never became a packet`,
      severity: grade([['high', isForged(each) || seen.count >= MANY]], 'medium'),
      ...(isForged(each)
        ? stated('fragments overlap as no sender makes them')
        : measured(seen.count, MANY, 'fragments')),
      actor: [...sources].slice(0, MAX_ACTORS),
      target: [target],
      evidence: seen,
      filter: all(
        isV6 ? 'ipv6.fraghdr' : '(ip.flags.mf == 1 || ip.frag_offset > 0)',
        to(target),
        notQuoted(overview.quotes),
      ),
      explanation:
        `${seen.count} fragments in ${duration(lastAt - firstAt)}; ${incomplete(each)} wait for pieces that never came, ` +
        `${overlaps.count} overlap others: each takes memory of ${target} until it gives up.`,
      alternatives:
        'A path or a capture that loses fragments (a firewall that drops those without ports), or a broken sender.',
      notChecked: isV6 ? 'Overlaps of IPv6 fragments.' : 'What the fragments carry.',
    });
  });
}
