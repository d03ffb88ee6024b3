import { measured } from '../../../domain/confidence.ts';
import type { FindingDraft } from '../../../domain/finding.ts';
import { draft, duration, times, type Detector } from '../draft.ts';
import { all, to } from '../filter.ts';
import type { Tables } from '../tables.ts';

/** Router advertisements of ever new routers. */
export const raFlood: Detector = { kind: 'ipv6_rogue_ra', detect };

/** No link has as many routers. */
const MANY_ROUTERS = 20;
const PER_SECOND = 1;
const MAX_ACTORS = 20;

function detect({ volume }: Tables): FindingDraft[] {
  const floods = volume.volumes.filter(
    ({ sort, sources, seen, firstAt, lastAt }) =>
      sort === 'icmpv6 134' && sources.size >= MANY_ROUTERS && seen.count >= (lastAt - firstAt) * PER_SECOND,
  );
  return floods.map(({ target, sources, seen, firstAt, lastAt }) =>
    draft('ipv6_rogue_ra', {
      title: `${times(sources.size, 'address')} advertised themselves as routers to ${target}`,
      severity: 'high',
      ...measured(sources.size, MANY_ROUTERS, 'routers on one link'),
      actor: [...sources].slice(0, MAX_ACTORS),
      target: [target],
      evidence: seen,
      filter: all('icmpv6.type == 134', to(target)),
      explanation:
        `${times(seen.count, 'router advertisement')} in ${duration(lastAt - firstAt)}: each makes every host on the link ` +
        `configure addresses and routes until it can do nothing else.`,
      alternatives: 'A test of the network equipment.',
      notChecked: 'Which host sent them: the addresses are most likely forged.',
    }),
  );
}
