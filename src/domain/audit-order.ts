import type { ChainedLine } from './audit-chain.ts';
import type { LineKey } from './audit-verdict.ts';

/** What is wrong with the place of a line among those of its task. */
export type Disorder = { kind: 'repeated' } | { kind: 'gap'; missing: LineKey[] };

/** More lines than this no task has; a number beyond is made up. */
const MOST_NAMED = 1000;

/**
 * Checks that the lines of each task count from 1 without a gap, whatever their hashes say: who knows how the chain is
 * made can make it anew after a line was removed, repeated or moved.
 */
export function createOrderCheck(): (line: ChainedLine) => Disorder | null {
  const last = new Map<string, number>();
  return ({ task_id, seq }) => {
    const before = last.get(task_id) ?? 0;
    last.set(task_id, Math.max(before, seq));
    if (seq <= before) {
      return { kind: 'repeated' };
    }
    const count = Math.min(seq - before - 1, MOST_NAMED);
    return count === 0
      ? null
      : { kind: 'gap', missing: Array.from({ length: count }, (_, n) => ({ task_id, seq: before + 1 + n })) };
  };
}
