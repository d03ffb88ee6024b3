import { z } from 'zod';

const optional = z
  .string()
  .optional()
  .transform((value) => (value === undefined || value === '' ? null : value));
const amount = (fallback: number | null) =>
  optional
    .transform((value) => (value === null ? fallback : Number(value)))
    .pipe(z.number().positive('a number above 0').nullable());

const PROVIDERS = ['auto', 'anthropic', 'openai', 'sampling', 'none'] as const;

const price = z
  .string()
  .regex(/^\d+(?:\.\d+)?$/)
  .transform(Number);

/** US dollars per million tokens, as `input=3,cached=0.3,output=15`. */
const Prices = z
  .string()
  .transform((text) => Object.fromEntries(text.split(',').map((part) => part.trim().split('='))))
  .pipe(
    z.strictObject({
      input: price,
      output: price,
      cached: price.optional(),
      cache_write: price.optional(),
    }),
  )
  .transform(({ input, output, cached, cache_write }) => ({
    input,
    output,
    cached: cached ?? input,
    cacheWrite: cache_write ?? 1.25 * input,
  }));

/** The settings of language models, by the names of their environment variables. */
export const MODEL_SETTINGS = {
  CAPWRIGHT_MODEL_PROVIDER: z
    .preprocess((value) => (value === '' ? undefined : value), z.enum(PROVIDERS).default('auto'))
    .describe(
      "Whose model plans and reports: auto (default) takes Anthropic's where ANTHROPIC_API_KEY is set, else the OpenAI-compatible endpoint where OPENAI_API_KEY or OPENAI_API_BASE is, else none; anthropic, openai and none take that one; sampling takes the MCP host's own, where it offers one.",
    ),
  ANTHROPIC_API_KEY: optional.describe(
    'Lets a model of Anthropic plan and report. Without any model the built-in parts do.',
  ),
  ANTHROPIC_MODEL: optional.describe('Model name. Default: claude-sonnet-5-5.'),
  ANTHROPIC_BASE_URL: optional.describe('Another endpoint that speaks the Messages API.'),
  OPENAI_API_KEY: optional.describe(
    'The same for a model of OpenAI, or of any endpoint that speaks Chat Completions.',
  ),
  OPENAI_MODEL: optional.describe('Model name. Default: gpt-5.5.'),
  OPENAI_API_BASE: optional.describe(
    "Such an endpoint, with its version: https://api.example.com/v1. Local ones need no key. Default: OPENAI_BASE_URL, else OpenAI's own.",
  ),
  OPENAI_BASE_URL: optional.describe("The same under the name that OpenAI's own libraries use."),
  CAPWRIGHT_PRIVACY: z
    .preprocess((value) => (value === '' ? undefined : value), z.enum(['full', 'facts-only']).default('full'))
    .describe(
      'What a model is sent: full (default), or facts-only: addresses, ports, counts, times and protocols, but no text out of packets. A caller may ask for facts-only, never for more than this.',
    ),
  CAPWRIGHT_MODEL_MAX_TOKENS: amount(1_000_000).describe(
    'Tokens, read and written, that a model may take for one task. Default: 1000000. Beyond any of these limits the built-in parts stand in.',
  ),
  CAPWRIGHT_MODEL_MAX_SECONDS: amount(1_800).describe(
    'Seconds that one task waits for a model, all requests together. Default: 1800.',
  ),
  CAPWRIGHT_MODEL_MAX_USD: amount(null).describe(
    'US dollars that a model may cost for one task; needs CAPWRIGHT_MODEL_PRICES. Default: no limit.',
  ),
  CAPWRIGHT_MODEL_PRICES: optional
    .pipe(z.union([z.null(), Prices], 'as in input=3,cached=0.3,output=15'))
    .describe(
      'US dollars per million tokens: input=3,cached=0.3,output=15; cached as input and cache_write (default 1.25 times input) may be left out. Without it no cost is told.',
    ),
};

type Set = { [Name in keyof typeof MODEL_SETTINGS]: z.output<(typeof MODEL_SETTINGS)[Name]> };

/** Whose model is used and how it is reached. */
export type ModelSetting =
  | { provider: 'anthropic'; apiKey: string; name: string | null; baseUrl: string | null }
  | { provider: 'openai'; apiKey: string | null; name: string | null; baseUrl: string | null }
  | { provider: 'sampling' };

export interface ModelConfig {
  /** null: none, the built-in parts do the work. */
  model: ModelSetting | null;
  modelLimits: {
    tokens: number | null;
    usd: number | null;
    milliseconds: number | null;
    prices: z.output<typeof Prices> | null;
  };
  privacy: 'full' | 'facts-only';
}

/** The settings taken together, or a sentence on what contradicts itself in them. */
export function modelConfigOf(set: Set): ModelConfig | { problem: string } {
  const model = chosen(set);
  if (model !== null && 'problem' in model) return model;
  const { CAPWRIGHT_MODEL_MAX_SECONDS: seconds, CAPWRIGHT_MODEL_MAX_USD: usd } = set;
  const prices = set.CAPWRIGHT_MODEL_PRICES;
  if (usd !== null && prices === null) {
    return {
      problem: 'CAPWRIGHT_MODEL_MAX_USD: it needs CAPWRIGHT_MODEL_PRICES, or nothing could hold to it',
    };
  }
  return {
    model,
    modelLimits: {
      tokens: set.CAPWRIGHT_MODEL_MAX_TOKENS,
      usd,
      milliseconds: seconds === null ? null : 1000 * seconds,
      prices,
    },
    privacy: set.CAPWRIGHT_PRIVACY,
  };
}

function chosen(set: Set): ModelSetting | null | { problem: string } {
  const anthropic = anthropicOf(set);
  const openai = openaiOf(set);
  switch (set.CAPWRIGHT_MODEL_PROVIDER) {
    case 'auto':
      return anthropic ?? openai;
    case 'anthropic':
      return anthropic ?? { problem: 'CAPWRIGHT_MODEL_PROVIDER: anthropic needs ANTHROPIC_API_KEY' };
    case 'openai':
      return (
        openai ?? { problem: 'CAPWRIGHT_MODEL_PROVIDER: openai needs OPENAI_API_KEY or OPENAI_API_BASE' }
      );
    case 'sampling':
      return { provider: 'sampling' };
    case 'none':
      return null;
  }
}

function anthropicOf(set: Set): ModelSetting | null {
  const { ANTHROPIC_API_KEY: apiKey, ANTHROPIC_MODEL: name, ANTHROPIC_BASE_URL: baseUrl } = set;
  return apiKey === null ? null : { provider: 'anthropic', apiKey, name, baseUrl };
}

/** Both names of the address count: ignoring one would send a private endpoint's requests to OpenAI. */
function openaiOf(set: Set): ModelSetting | null {
  const { OPENAI_API_KEY: apiKey, OPENAI_MODEL: name } = set;
  const baseUrl = set.OPENAI_API_BASE ?? set.OPENAI_BASE_URL;
  return apiKey === null && baseUrl === null ? null : { provider: 'openai', apiKey, name, baseUrl };
}
