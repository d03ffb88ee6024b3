import Anthropic, {
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  APIUserAbortError,
} from '@anthropic-ai/sdk';
import type { MessageStream } from '@anthropic-ai/sdk/lib/MessageStream';
import { CapwrightError } from '../../domain/errors.ts';
import { estimateTokens, type TokenUsage } from '../../domain/model-usage.ts';
import type { Log, Model, ModelReply, ModelRequest } from '../../ports.ts';
import {
  cancelled,
  cutOff,
  declined,
  fellSilent,
  fromProvider,
  notReached,
  tooSlow,
  unreadable,
} from './provider-errors.ts';
import { createWatchedFetch, isSilence } from './stream-watch.ts';

export interface MessagesOptions {
  apiKey: string;
  name: string;
  baseUrl: string;
  deadlineMs: number;
  silenceMs: number;
  log: Log;
}

const MAX_RETRIES = 2;
const SETTINGS = { key: 'ANTHROPIC_API_KEY', model: 'ANTHROPIC_MODEL', baseUrl: 'ANTHROPIC_BASE_URL' };

/**
 * The Messages API: one streamed request, structured output, the constant system prompt cached. The SDK retries what
 * is worth retrying, when the API says so; what remains becomes MODEL_REFUSED, MODEL_UNAVAILABLE or CANCELLED.
 */
export function createMessages(options: MessagesOptions): Model {
  const { apiKey, name, baseUrl, deadlineMs, silenceMs, log } = options;
  // Everything that the SDK would otherwise take from the environment or write to stdout is set here.
  const client = new Anthropic({
    apiKey,
    authToken: null,
    baseURL: baseUrl,
    maxRetries: MAX_RETRIES,
    timeout: deadlineMs,
    logLevel: 'off',
    openTelemetry: false,
    fetch: createWatchedFetch(silenceMs),
  });
  return {
    name,
    async complete(request) {
      const signal = AbortSignal.any([request.signal, AbortSignal.timeout(deadlineMs)]);
      const stream = client.messages.stream(bodyOf(name, request), { signal });
      const partial = watchUsage(stream);
      try {
        const message = await stream.finalMessage();
        const usage = usageOf(message.usage);
        log('info', 'model replied', {
          model: name,
          purpose: request.schemaName,
          ...usage,
          stopReason: message.stop_reason,
        });
        return replyOf(message, usage, request);
      } catch (error) {
        if (error instanceof CapwrightError) throw error;
        const wasted = partial();
        if (wasted !== null) request.onWasted?.(wasted);
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

/** What a reply that never ended has cost as far as is known: its input is told at the beginning. */
function watchUsage(stream: MessageStream): () => TokenUsage | null {
  let begun: Anthropic.Usage | null = null;
  let written = '';
  stream.on('streamEvent', (event) => {
    if (event.type === 'message_start') begun = event.message.usage;
  });
  stream.on('text', (delta) => {
    written += delta;
  });
  return () =>
    begun && { ...usageOf(begun), outputTokens: Math.max(1, estimateTokens(written)), estimated: true };
}

function replyOf(message: Anthropic.Message, usage: TokenUsage, request: ModelRequest): ModelReply {
  if (message.stop_reason === 'refusal') {
    request.onWasted?.(usage);
    throw declined(SETTINGS);
  }
  if (message.stop_reason === 'max_tokens' || message.stop_reason === 'model_context_window_exceeded') {
    request.onWasted?.(usage);
    throw cutOff(request.maxTokens, SETTINGS);
  }
  return { text: message.content.map((block) => (block.type === 'text' ? block.text : '')).join(''), usage };
}

/** The API counts what it read from the cache, and what it wrote there, beside the other input. */
function usageOf(told: Anthropic.Usage): TokenUsage {
  const cachedTokens = told.cache_read_input_tokens ?? 0;
  const cacheWriteTokens = told.cache_creation_input_tokens ?? 0;
  return {
    inputTokens: told.input_tokens + cachedTokens + cacheWriteTokens,
    cachedTokens,
    cacheWriteTokens,
    outputTokens: told.output_tokens,
  };
}

function toCapwrightError(error: unknown, caller: AbortSignal): CapwrightError {
  if (caller.aborted) return cancelled();
  if (isSilence(error)) return fellSilent();
  if (error instanceof APIUserAbortError || error instanceof APIConnectionTimeoutError) return tooSlow();
  if (error instanceof APIConnectionError) return notReached(SETTINGS);
  if (error instanceof APIError) return fromProvider(error, SETTINGS);
  return unreadable(SETTINGS);
}
