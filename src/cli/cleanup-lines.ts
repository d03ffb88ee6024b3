import type { CleanupView } from '../domain/views.ts';
import { oneLine } from '../server/one-line.ts';

/** As long as a path may be. */
const MAX_NAME = 4096;

/** A cleanup for a terminal. Names come from Azure and from folders: each stays on its line, without control characters. */
export function cleanupLines({ items, searched, plan_id: planId, applied }: CleanupView): string {
  const where = searched.map((place) => `searched ${place}`);
  const found = items.map(
    ({ kind, name, reason, action, outcome, age_seconds: age }) =>
      `${applied ? outcome : action}  ${kind}  ${name}  (${reason}${age === null ? '' : `, ${age} s old`})`,
  );
  const next = planId === null ? [] : [`To carry this out: capwright cleanup --apply ${planId}`];
  return [...where, ...found, ...next].map((line) => `${oneLine(line, 2 * MAX_NAME)}\n`).join('');
}
