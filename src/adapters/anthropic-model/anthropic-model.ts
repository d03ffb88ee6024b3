import Anthropic from '@anthropic-ai/sdk';
import { CapwrightError } from '../../domain/errors.ts';
import type { Log, Model, ModelReply, ModelRequest } from '../../ports.ts';
import { toCapwrightError } from './failures.ts';

/** Used where no model is configured. */
export const DEFAULT_ANTHROPIC_MODEL: Anthropic.Model = 'claude-sonnet-5-5';

const DEFAULT_BASE_URL = 'https://api.anthropic.com';
const DEADLINE_MS = 300_000;
const MAX_RETRIES = 2;

export interface AnthropicModelOptions {
  apiKey: string;
  /** null: DEFAULT_ANTHROPIC_MODEL. */
  model: string | null;
  /** null: Anthropic's own API. */
  baseUrl: string | null;
  log: Log;
  /** Wall-clock limit of one request with its retries, in milliseconds. */
  deadlineMs?: number;
}

/**
 * The Messages API as the Model port: one streamed request, structured output, the constant system prompt cached.
 * The SDK retries what is worth retrying; what remains becomes MODEL_REFUSED, MODEL_UNAVAILABLE or CANCELLED.
 */
export function createAnthropicModel(options: AnthropicModelOptions): Model {
  const name = options.model ?? DEFAULT_ANTHROPIC_MODEL;
  const deadlineMs = options.deadlineMs ?? DEADLINE_MS;
  // Everything that the SDK would otherwise take from the environment or write to stdout is set here.
  const client = new Anthropic({
    apiKey: options.apiKey,
    baseURL: options.baseUrl ?? DEFAULT_BASE_URL,
    maxRetries: MAX_RETRIES,
    timeout: deadlineMs,
    logLevel: 'off',
    openTelemetry: false,
  });
  return {
    name,
    async complete(request) {
      const signal = AbortSignal.any([request.signal, AbortSignal.timeout(deadlineMs)]);
      try {
        const message = await client.messages.stream(bodyOf(name, request), { signal }).finalMessage();
        const { usage } = message;
        options.log('info', 'model replied', {
          model: name,
          purpose: request.schemaName,
          inputTokens: usage.input_tokens,
          cachedTokens: usage.cache_read_input_tokens,
          outputTokens: usage.output_tokens,
          stopReason: message.stop_reason,
        });
        return replyOf(message, request.maxTokens);
      } catch (error) {
        throw toCapwrightError(error, request.signal);
      }
    },
  };
}

function bodyOf(model: string, request: ModelRequest): Anthropic.MessageCreateParamsNonStreaming {
  return {
    model,
    max_tokens: request.maxTokens,
    system: [{ type: 'text', text: request.system, cache_control: { type: 'ephemeral' } }],
    messages: [{ role: 'user', content: request.user }],
    output_config: { format: { type: 'json_schema', schema: request.schema } },
  };
}

function replyOf(message: Anthropic.Message, maxTokens: number): ModelReply {
  if (message.stop_reason === 'refusal') {
    throw new CapwrightError(
      'MODEL_REFUSED',
      'The model declined to answer this request.',
      'Nothing is lost: the built-in parts stood in. Another model (ANTHROPIC_MODEL) may answer.',
    );
  }
  if (message.stop_reason === 'max_tokens' || message.stop_reason === 'model_context_window_exceeded') {
    throw new CapwrightError(
      'MODEL_UNAVAILABLE',
      `The model's reply was cut off at ${maxTokens} tokens.`,
      'Run the analysis again, or choose another model with ANTHROPIC_MODEL.',
    );
  }
  const text = message.content.map((block) => (block.type === 'text' ? block.text : '')).join('');
  return { text, inputTokens: inputTokens(message.usage), outputTokens: message.usage.output_tokens };
}

const inputTokens = (usage: Anthropic.Usage) =>
  usage.input_tokens + (usage.cache_creation_input_tokens ?? 0) + (usage.cache_read_input_tokens ?? 0);
