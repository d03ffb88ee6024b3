import type OpenAI from 'openai';
import type { Log, Model } from '../../ports.ts';

/** Used where no model is configured. */
export const DEFAULT_OPENAI_MODEL: OpenAI.ChatModel = 'gpt-5.5';

const DEFAULT_BASE_URL = 'https://api.openai.com/v1';
const DEADLINE_MS = 300_000;
/** Longer than elsewhere: a local model may read its prompt for minutes after it has accepted it. */
const SILENCE_MS = 180_000;

export interface OpenAiModelOptions {
  /** null: requests carry no key, as local endpoints want it. */
  apiKey: string | null;
  /** null: DEFAULT_OPENAI_MODEL. */
  model: string | null;
  /** null: OpenAI's own API. */
  baseUrl: string | null;
  log: Log;
  /** Wall-clock limit of one request with its retries, in milliseconds. */
  deadlineMs?: number;
  /** How long a reply that has begun may bring nothing, in milliseconds. */
  silenceMs?: number;
}

/**
 * Chat Completions of OpenAI, or of any endpoint that speaks it, as the Model port; the SDK is loaded with the first
 * request, so that no start waits for it.
 */
export function createOpenAiModel(options: OpenAiModelOptions): Model {
  const name = options.model ?? DEFAULT_OPENAI_MODEL;
  let chat: Promise<Model> | null = null;
  const load = async (): Promise<Model> => {
    const { createChat } = await import('./openai-chat.ts');
    return createChat({
      apiKey: options.apiKey,
      name,
      baseUrl: (options.baseUrl ?? DEFAULT_BASE_URL).replace(/\/+$/, ''),
      isOpenAi: options.baseUrl === null,
      deadlineMs: options.deadlineMs ?? DEADLINE_MS,
      silenceMs: options.silenceMs ?? SILENCE_MS,
      log: options.log,
    });
  };
  return {
    name,
    complete: async (request) => {
      chat ??= load();
      return (await chat).complete(request);
    },
  };
}
