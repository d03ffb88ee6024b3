import Anthropic from '@anthropic-ai/sdk';
import { CapwrightError } from '../../domain/errors.ts';
import type { Log, Model, ModelReply, ModelRequest } from '../../ports.ts';
import { toCapwrightError } from './failures.ts';

export interface MessagesOptions {
  apiKey: string;
  name: string;
  baseUrl: string;
  deadlineMs: number;
  log: Log;
}

const MAX_RETRIES = 2;

/**
 * The Messages API: one streamed request, structured output, the constant system prompt cached. The SDK retries what
 * is worth retrying; what remains becomes MODEL_REFUSED, MODEL_UNAVAILABLE or CANCELLED.
 */
export function createMessages({ apiKey, name, baseUrl, deadlineMs, log }: MessagesOptions): Model {
  // Everything that the SDK would otherwise take from the environment or write to stdout is set here.
  const client = new Anthropic({
    apiKey,
    baseURL: baseUrl,
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
        log('info', 'model replied', {
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
