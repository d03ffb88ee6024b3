import { z } from 'zod';

/** What one request to a model took. */
export interface TokenUsage {
  /** All that the model read, from the provider's cache or not. */
  inputTokens: number;
  /** Of these, read from the cache. */
  cachedTokens: number;
  /** Of these, written to it; absent where the provider does not tell them apart. */
  cacheWriteTokens?: number;
  /** All that it wrote, reasoning included. */
  outputTokens: number;
  /** The provider did not say: counted from the length of the texts. */
  estimated?: boolean;
}

/** US dollars per million tokens. */
export interface ModelPrices {
  input: number;
  output: number;
  /** Of input that the provider's cache held. */
  cached: number;
  /** Of input that it put there. */
  cacheWrite: number;
}

/** What a model took for one analysis, failed requests included. */
export const ModelUsage = z.strictObject({
  calls: z.number().int().describe('Requests to the model.'),
  inputTokens: z.number().int(),
  cachedTokens: z.number().int().describe("Of the input, read from the provider's cache."),
  outputTokens: z.number().int(),
  costUsd: z.number().nullable().describe('At the configured prices; null where there are none.'),
  ms: z.number().describe('Time spent waiting for the model, in milliseconds.'),
  estimated: z.boolean().describe('Whether some of it was counted from the length of texts.'),
});
export type ModelUsage = z.infer<typeof ModelUsage>;

export const NO_USAGE: ModelUsage = {
  calls: 0,
  inputTokens: 0,
  cachedTokens: 0,
  outputTokens: 0,
  costUsd: null,
  ms: 0,
  estimated: false,
};

/** Bytes of UTF-8 per token: the lower end of what tokenizers make of English, JSON and tables of addresses. */
const BYTES_PER_TOKEN = 3;
const MILLION = 1_000_000;

/** About how many tokens a text is, rather too many than too few. */
export function estimateTokens(text: string): number {
  return Math.ceil(new TextEncoder().encode(text).length / BYTES_PER_TOKEN);
}

/** US dollars of one request. */
export function costOf(usage: TokenUsage, prices: ModelPrices): number {
  const { inputTokens, cachedTokens, cacheWriteTokens = 0, outputTokens } = usage;
  const plain = Math.max(0, inputTokens - cachedTokens - cacheWriteTokens);
  const sum =
    plain * prices.input +
    cachedTokens * prices.cached +
    cacheWriteTokens * prices.cacheWrite +
    outputTokens * prices.output;
  return sum / MILLION;
}

/** The sum of both; its cost is known where each that made a request knows its own. */
export function addUsage(a: ModelUsage, b: ModelUsage): ModelUsage {
  if (a.calls === 0 || b.calls === 0) {
    const only = a.calls === 0 ? b : a;
    return { ...only, ms: a.ms + b.ms };
  }
  return {
    calls: a.calls + b.calls,
    inputTokens: a.inputTokens + b.inputTokens,
    cachedTokens: a.cachedTokens + b.cachedTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    costUsd: a.costUsd === null || b.costUsd === null ? null : a.costUsd + b.costUsd,
    ms: a.ms + b.ms,
    estimated: a.estimated || b.estimated,
  };
}

/** "3 requests: 45,210 tokens read (20,000 of them cached), 3,100 written, 42 s, 0.182 USD". */
export function usageText(usage: ModelUsage): string {
  const { calls, inputTokens, cachedTokens, outputTokens, costUsd, ms, estimated } = usage;
  const cached = cachedTokens === 0 ? '' : ` (${grouped(cachedTokens)} of them cached)`;
  const cost = costUsd === null ? 'cost not known' : `${Number(costUsd.toPrecision(3))} USD`;
  return (
    `${calls} ${calls === 1 ? 'request' : 'requests'}: ${grouped(inputTokens)} tokens read${cached}, ` +
    `${grouped(outputTokens)} written, ${Number((ms / 1000).toFixed(1))} s, ${cost}` +
    (estimated ? '; partly estimated' : '')
  );
}

const grouped = (count: number): string => String(count).replaceAll(/\B(?=(?:\d{3})+$)/g, ',');
