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

/** Bytes of UTF-8 per token: the lower end of what tokenizers make of English, JSON and tables of addresses. */
const BYTES_PER_TOKEN = 3;

/** About how many tokens a text is, rather too many than too few. */
export function estimateTokens(text: string): number {
  return Math.ceil(new TextEncoder().encode(text).length / BYTES_PER_TOKEN);
}
