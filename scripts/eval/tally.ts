import type { Analysis } from '../../src/domain/analysis.ts';
import type { AttemptsIndex } from '../../src/domain/attempts.ts';
import { isFound, isNamed, type LabelledCapture } from './corpus.ts';

/** What came of one capture; `error` where there is no analysis. */
export interface Scored {
  id: string;
  /** Whose script worked: the model's at its first attempt, after repairs, or none of the model's. */
  script: 'first' | 'repaired' | 'failed' | 'not asked';
  facts: { wanted: number; found: number; named: number };
  claims: { checked: number; confirmed: number; struck: number };
  usage: {
    calls: number;
    inputTokens: number;
    outputTokens: number;
    costUsd: number | null;
    modelMs: number;
  };
  ms: number;
  error: string | null;
}

/** One analysis held against what is known of its capture; `index` is what it kept of its attempts. */
export function score(
  capture: LabelledCapture,
  analysis: Analysis,
  index: AttemptsIndex | null,
  ms: number,
): Scored {
  const wanted = capture.must_find.filter(({ primary }) => primary);
  const { claims, confirmed, struck } = analysis.verification;
  const { usage } = analysis;
  return {
    id: capture.id,
    script: scriptOf(analysis, index),
    facts: {
      wanted: wanted.length,
      found: wanted.filter((fact) => isFound(fact, analysis)).length,
      named: wanted.filter((fact) => isNamed(fact, analysis)).length,
    },
    claims: { checked: claims, confirmed, struck },
    usage: {
      calls: usage?.calls ?? 0,
      inputTokens: usage?.inputTokens ?? 0,
      outputTokens: usage?.outputTokens ?? 0,
      costUsd: usage?.costUsd ?? null,
      modelMs: usage?.ms ?? 0,
    },
    ms,
    error: null,
  };
}

/** A capture whose analysis failed, with our own words on why. */
export const failed = (capture: LabelledCapture, error: string, ms: number): Scored => ({
  id: capture.id,
  script: 'not asked',
  facts: { wanted: capture.must_find.filter(({ primary }) => primary).length, found: 0, named: 0 },
  claims: { checked: 0, confirmed: 0, struck: 0 },
  usage: { calls: 0, inputTokens: 0, outputTokens: 0, costUsd: null, modelMs: 0 },
  ms,
  error,
});

function scriptOf({ authorship }: Analysis, index: AttemptsIndex | null): Scored['script'] {
  const planned = (index?.attempts ?? []).filter(({ role }) => role === 'planner');
  if (planned.length === 0) return 'not asked';
  const worked = planned.findIndex(({ script, problem }) => script !== null && problem === null);
  const playbookRan = index?.attempts.some(({ role }) => role === 'playbook') === true;
  if (worked < 0 || playbookRan || !authorship.scriptSucceeded) return 'failed';
  return worked === 0 ? 'first' : 'repaired';
}

/** All captures together, in the order in which people ask. */
export function summarize(scored: readonly Scored[]) {
  const sum = (of: (one: Scored) => number): number => scored.reduce((total, one) => total + of(one), 0);
  const scripts = (wanted: Scored['script']): number =>
    scored.filter(({ script }) => script === wanted).length;
  const costs = scored.map(({ usage }) => usage.costUsd);
  return {
    captures: scored.length,
    failed: scored.filter(({ error }) => error !== null).length,
    scripts: {
      asked: scored.length - scripts('not asked'),
      first: scripts('first'),
      afterRepair: scripts('first') + scripts('repaired'),
    },
    recall: { wanted: sum(({ facts }) => facts.wanted), found: sum(({ facts }) => facts.found) },
    namedInReport: sum(({ facts }) => facts.named),
    claims: {
      checked: sum(({ claims }) => claims.checked),
      confirmed: sum(({ claims }) => claims.confirmed),
      struck: sum(({ claims }) => claims.struck),
    },
    tokens: { input: sum(({ usage }) => usage.inputTokens), output: sum(({ usage }) => usage.outputTokens) },
    costUsd: costs.every((cost) => cost === null) ? null : costs.reduce<number>((a, b) => a + (b ?? 0), 0),
    modelSeconds: sum(({ usage }) => usage.modelMs) / 1000,
    seconds: sum(({ ms }) => ms) / 1000,
  };
}

const of = (part: number, whole: number): string =>
  whole === 0 ? 'none' : `${part} of ${whole} (${((100 * part) / whole).toFixed(1)} %)`;

/** The summary as lines. */
export function linesOf(summary: ReturnType<typeof summarize>): string[] {
  const { scripts, recall, claims, tokens } = summary;
  return [
    `captures                      ${summary.captures}, of which without a result: ${summary.failed}`,
    `script right at first attempt ${of(scripts.first, scripts.asked)}`,
    `script right after repair     ${of(scripts.afterRepair, scripts.asked)}`,
    `recall                        ${of(recall.found, recall.wanted)}`,
    `named in the report           ${of(summary.namedInReport, recall.wanted)}`,
    `claims confirmed              ${of(claims.confirmed, claims.checked)}`,
    `claims struck                 ${of(claims.struck, claims.checked)}`,
    `tokens                        ${tokens.input} in, ${tokens.output} out`,
    `cost                          ${summary.costUsd === null ? 'no prices set' : `${summary.costUsd.toFixed(4)} US dollars`}`,
    `time                          ${summary.seconds.toFixed(1)} s, of which waiting for the model: ${summary.modelSeconds.toFixed(1)} s`,
  ];
}
