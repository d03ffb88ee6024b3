import { costOf, type ModelPrices, type ModelUsage } from './model-usage.ts';

/** What the model may take for one task, over all its requests; null: no limit. */
export interface ModelLimits {
  /** Read and written together. */
  tokens: number | null;
  /** US dollars; counts only where prices are known. */
  usd: number | null;
  /** Time spent waiting for it. */
  milliseconds: number | null;
  prices: ModelPrices | null;
}

export const NO_MODEL_LIMITS: ModelLimits = { tokens: null, usd: null, milliseconds: null, prices: null };

/** What is left for one more request, or which limit leaves too little. */
export type Room =
  | { maxTokens: number; milliseconds: number | null }
  | { usedUp: 'tokens' | 'usd' | 'milliseconds' };

/** A reply shorter than this is no script and no report. */
const SHORTEST_REPLY_TOKENS = 1_000;

/**
 * How long a reply may be, at most `wanted`, so that the request stays within all limits whatever the model does, its
 * input counted as `inputTokens` that no cache holds.
 */
export function roomFor(
  { inputTokens, wanted }: { inputTokens: number; wanted: number },
  spent: ModelUsage,
  limits: ModelLimits,
): Room {
  const { tokens, usd, milliseconds, prices } = limits;
  const shortest = Math.min(wanted, SHORTEST_REPLY_TOKENS);
  const byTokens = tokens === null ? wanted : tokens - spent.inputTokens - spent.outputTokens - inputTokens;
  if (byTokens < shortest) return { usedUp: 'tokens' };
  const byMoney = usd === null || prices === null ? wanted : affordable(usd, inputTokens, spent, prices);
  if (byMoney < shortest) return { usedUp: 'usd' };
  if (milliseconds !== null && spent.ms >= milliseconds) return { usedUp: 'milliseconds' };
  return {
    maxTokens: Math.floor(Math.min(wanted, byTokens, byMoney)),
    milliseconds: milliseconds === null ? null : milliseconds - spent.ms,
  };
}

function affordable(usd: number, inputTokens: number, spent: ModelUsage, prices: ModelPrices): number {
  const asWritten = { inputTokens, cachedTokens: 0, cacheWriteTokens: inputTokens, outputTokens: 0 };
  const asPlain = { inputTokens, cachedTokens: 0, outputTokens: 0 };
  const input = Math.max(costOf(asWritten, prices), costOf(asPlain, prices));
  const left = usd - (spent.costUsd ?? 0) - input;
  if (left < 0) return 0;
  return prices.output === 0 ? Infinity : (left / prices.output) * 1_000_000;
}
