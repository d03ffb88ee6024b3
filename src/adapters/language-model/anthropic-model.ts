import type Anthropic from '@anthropic-ai/sdk';
import type { Log, Model } from '../../ports.ts';

/** Used where no model is configured. */
export const DEFAULT_ANTHROPIC_MODEL: Anthropic.Model = 'claude-sonnet-5-5';

const DEFAULT_BASE_URL = 'https://api.anthropic.com';
const DEADLINE_MS = 300_000;
const SILENCE_MS = 60_000;

export interface AnthropicModelOptions {
  apiKey: string;
  /** null: DEFAULT_ANTHROPIC_MODEL. */
  model: string | null;
  /** null: Anthropic's own API. */
  baseUrl: string | null;
  log: Log;
  /** Wall-clock limit of one request with its retries, in milliseconds. */
  deadlineMs?: number;
  /** How long a reply that has begun may bring nothing, in milliseconds. */
  silenceMs?: number;
}

/** The Messages API as the Model port; the SDK is loaded with the first request, so that no start waits for it. */
export function createAnthropicModel(options: AnthropicModelOptions): Model {
  const name = options.model ?? DEFAULT_ANTHROPIC_MODEL;
  let messages: Promise<Model> | null = null;
  const load = async (): Promise<Model> => {
    const { createMessages } = await import('./anthropic-messages.ts');
    return createMessages({
      apiKey: options.apiKey,
      name,
      baseUrl: options.baseUrl ?? DEFAULT_BASE_URL,
      deadlineMs: options.deadlineMs ?? DEADLINE_MS,
      silenceMs: options.silenceMs ?? SILENCE_MS,
      log: options.log,
    });
  };
  return {
    name,
    complete: async (request) => {
      messages ??= load();
      return (await messages).complete(request);
    },
  };
}
