import { measured, stated } from '../../../domain/confidence.ts';
import type { FindingDraft, Severity } from '../../../domain/finding.ts';
import type { FindingKind } from '../../../domain/finding-kinds.ts';
import { mergeEvidence } from '../bounded.ts';
import { draft, times, type Detector } from '../draft.ts';
import { all, between, from } from '../filter.ts';
import { isVulnScan } from './http-error.ts';
import { SIGNS, type SignRow } from '../tables/signs.ts';
import type { Tables } from '../tables.ts';

const NOT_CHECKED = 'Whether the attempt succeeded.';
const WEB_ALTERNATIVES = 'A test of your own, or an application that really sends such parameters.';

const filterOf = (kind: FindingKind): string => SIGNS.find((sign) => sign.kind === kind)?.filter ?? 'frame';

/** A detector of attacks on web applications that the request line gives away. */
function webAttack(kind: FindingKind, name: string): Detector {
  const detect = ({ signs, web }: Tables): FindingDraft[] => {
    const scans = new Set(web.filter(isVulnScan).map(({ client, server }) => `${client} ${server}`));
    const attacks = signs.filter((row) => row.kind === kind && !scans.has(`${row.source} ${row.target}`));
    return attacks.map(({ source, target, ports, seen }) =>
      draft(kind, {
        title: `${source} tried ${name} on ${target} ${times(seen.count, 'time')}`,
        severity: 'high',
        ...measured(seen.count, 3, seen.count === 1 ? 'request' : 'requests'),
        actor: [source],
        target: [target],
        ports,
        evidence: seen,
        filter: all(filterOf(kind), between(source, target)),
        explanation: `${times(seen.count, 'request')} carry what only ${name} needs in the address asked for.`,
        alternatives: WEB_ALTERNATIVES,
        notChecked: `${NOT_CHECKED} Request bodies, and requests inside TLS.`,
      }),
    );
  };
  return { kind, detect };
}

export const webAttackSqli = webAttack('web_attack_sqli', 'SQL injection');
export const webAttackXss = webAttack('web_attack_xss', 'cross-site scripting');
export const webAttackTraversal = webAttack('web_attack_traversal', 'path traversal');

/** Redundancy protocols with a password that everybody knows. */
export const routingWeakAuth: Detector = { kind: 'routing_weak_auth', detect: detectWeakAuth };

function detectWeakAuth({ signs }: Tables): FindingDraft[] {
  const weak = signs.filter(({ kind }) => kind === 'routing_weak_auth');
  const severity: Severity = 'low';
  return [...Map.groupBy(weak, ({ source }) => source)].map(([router, rows]: [string, SignRow[]]) =>
    draft('routing_weak_auth', {
      title: `${router} speaks HSRP with the default password`,
      severity,
      ...stated('the password stands in the message'),
      actor: [router],
      target: [],
      evidence: mergeEvidence(rows.map(({ seen }) => seen)),
      filter: all(filterOf('routing_weak_auth'), from(router)),
      explanation: 'Whoever is on this network can take over the shared router address.',
      alternatives: 'A laboratory.',
      notChecked: 'Other routing protocols.',
    }),
  );
}
