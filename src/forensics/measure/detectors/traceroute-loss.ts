import { measured } from '../../../domain/confidence.ts';
import type { FindingDraft } from '../../../domain/finding.ts';
import { mergeEvidence } from '../bounded.ts';
import { draft, grade, times, type Detector } from '../draft.ts';
import { all, between, oneOf } from '../filter.ts';
import { isIpv6 } from '../packet.ts';
import type { PingSeries } from '../tables/pings.ts';
import type { Tables } from '../tables.ts';

/** Hops of a traceroute that nobody answered for. */
export const tracerouteLoss: Detector = { kind: 'traceroute_loss', detect };

const FIRST_HOP = 3;
const MIN_HOPS = 3;
const LAST_HOPS = 3;

/** Whether the questions walk along the path, hop by hop. */
export const isTraceroute = ({ hops, routers }: PingSeries): boolean =>
  hops.size >= MIN_HOPS && Math.min(...hops.keys()) <= FIRST_HOP && routers > 0;

function detect({ pings }: Tables): FindingDraft[] {
  return pings.filter((series) => isTraceroute(series) && series.unfollowed === 0).flatMap(judge);
}

function judge(series: PingSeries): FindingDraft[] {
  const { by, source, target, hops, reached } = series;
  const silent = [...hops].filter(([, { answered }]) => answered === 0);
  const last = Math.max(...[...hops].filter(([, { answered }]) => answered > 0).map(([ttl]) => ttl));
  const behind = silent.filter(([ttl]) => ttl > last).length;
  // The last question may still be under way when a capture ends.
  if (silent.length === 0 || (silent.length === 1 && behind === 1)) return [];
  const ttls = silent.map(([ttl]) => ttl).toSorted((a, b) => a - b);
  const six = isIpv6(target);
  const probe =
    by === 'icmp'
      ? six
        ? 'icmpv6.type == 128 && icmpv6.type != 3'
        : 'icmp.type == 8 && icmp.type != 11'
      : `${by} && !icmp && !icmpv6`;
  return [
    draft('traceroute_loss', {
      title: `${times(silent.length, 'hop')} on the way from ${source} to ${target} never answered`,
      severity: grade([['medium', !reached && behind >= LAST_HOPS]], 'low'),
      ...measured(hops.size, MIN_HOPS, 'hops asked, one by one'),
      actor: [source],
      target: [target],
      evidence: mergeEvidence(silent.map(([, { sent }]) => sent)),
      filter: all(probe, between(source, target), oneOf(six ? 'ipv6.hlim' : 'ip.ttl', ttls)),
      explanation:
        `A traceroute asked ${times(hops.size, 'hop')}; distance ${ttls.join(', ')} stayed silent, and the target ` +
        `${reached ? 'answered all the same: those routers just do not report' : 'never answered'}.`,
      alternatives:
        'Routers that are told not to answer, or that limit how often they do; a firewall that drops the questions.',
      notChecked: 'Whether other traffic passes these hops.',
    }),
  ];
}
