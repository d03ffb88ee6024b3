import OpenAI, { APIConnectionError, APIConnectionTimeoutError, APIError, APIUserAbortError } from 'openai';
import { z } from 'zod';
import { CapwrightError } from '../../domain/errors.ts';
import { estimateTokens, type TokenUsage } from '../../domain/model-usage.ts';
import type { Log, Model, ModelReply, ModelRequest } from '../../ports.ts';
import { bodyIn, firstDialect, simplerDialect, type Dialect } from './openai-dialect.ts';
import {
  brokenOff,
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

export interface ChatOptions {
  apiKey: string | null;
  name: string;
  baseUrl: string;
  /** Whether the endpoint is OpenAI's own. */
  isOpenAi: boolean;
  deadlineMs: number;
  silenceMs: number;
  log: Log;
}

const MAX_RETRIES = 2;
const SETTINGS = { key: 'OPENAI_API_KEY', model: 'OPENAI_MODEL', baseUrl: 'OPENAI_API_BASE' };
/** As many as there are dialects worth trying; an endpoint that refuses each for another reason ends there. */
const MAX_REFUSALS = 7;
/** A token of a hostile or broken endpoint may be long, and it may not keep to the limit: this ends it. */
const MAX_CHARS_PER_TOKEN = 20;

/**
 * Chat Completions: one streamed request. What the endpoint refuses as unknown is left out, and that is remembered. The
 * SDK retries what is worth retrying; what remains becomes MODEL_REFUSED, MODEL_UNAVAILABLE or CANCELLED.
 */
export function createChat(options: ChatOptions): Model {
  const { name, log, deadlineMs } = options;
  const client = clientOf(options);
  let known = firstDialect(options.isOpenAi);
  return {
    name,
    async complete(request) {
      const deadline = AbortSignal.timeout(deadlineMs);
      let dialect = known;
      for (let refusals = 0; ; refusals += 1) {
        const heard = nothingHeard();
        try {
          await listen(client, bodyIn(dialect, name, request), { request, deadline, heard });
          known = dialect;
          return replyOf(heard, request, (usage) =>
            log('info', 'model replied', {
              model: name,
              purpose: request.schemaName,
              format: dialect.format,
              ...usage,
              stopReason: heard.finish,
            }),
          );
        } catch (error) {
          if (error instanceof CapwrightError) throw error;
          const simpler = refusals < MAX_REFUSALS ? simplerAfter(error, dialect) : null;
          if (simpler === null) {
            if (heard.begun) request.onWasted?.(usageOf(heard, request));
            throw toCapwrightError(error, request.signal, deadline);
          }
          dialect = simpler;
          log('info', 'model endpoint refused a request, trying a simpler one', { model: name, ...dialect });
        }
      }
    },
  };
}

/** Everything that the SDK would otherwise take from the environment or write to stdout is set here. */
function clientOf({ apiKey, baseUrl, deadlineMs, silenceMs }: ChatOptions): OpenAI {
  return new OpenAI({
    // The SDK wants a key even where none is sent.
    apiKey: apiKey ?? 'none',
    ...(apiKey === null && { defaultHeaders: { Authorization: null } }),
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    baseURL: baseUrl,
    maxRetries: MAX_RETRIES,
    timeout: deadlineMs,
    logLevel: 'off',
    fetch: createWatchedFetch(silenceMs),
  });
}

/** What has come of a reply so far. */
interface Heard {
  begun: boolean;
  text: string;
  /** Characters of reasoning, which is billed and not kept. */
  reasoned: number;
  declined: boolean;
  finish: string | null;
  usage: TokenUsage | null;
}

const nothingHeard = (): Heard => ({
  begun: false,
  text: '',
  reasoned: 0,
  declined: false,
  finish: null,
  usage: null,
});

async function listen(
  client: OpenAI,
  body: OpenAI.ChatCompletionCreateParamsStreaming,
  { request, deadline, heard }: { request: ModelRequest; deadline: AbortSignal; heard: Heard },
): Promise<void> {
  const signal = AbortSignal.any([request.signal, deadline]);
  const stream = await client.chat.completions.create(body, { signal });
  const most = request.maxTokens * MAX_CHARS_PER_TOKEN;
  for await (const chunk of stream) {
    take(heard, chunk);
    if (heard.text.length + heard.reasoned > most) {
      heard.finish = 'length';
      return;
    }
  }
  // The SDK ends an aborted stream as if it were whole.
  signal.throwIfAborted();
}

/** Endpoints leave out what they do not know, so nothing is taken for given. */
function take(heard: Heard, chunk: Partial<OpenAI.ChatCompletionChunk>): void {
  heard.begun = true;
  const choice = chunk.choices?.[0];
  const delta: Partial<OpenAI.ChatCompletionChunk.Choice.Delta> = choice?.delta ?? {};
  const reasoning: unknown = Reflect.get(delta, 'reasoning_content') ?? Reflect.get(delta, 'reasoning');
  heard.text += typeof delta.content === 'string' ? delta.content : '';
  heard.reasoned += typeof reasoning === 'string' ? reasoning.length : 0;
  heard.declined ||= typeof delta.refusal === 'string' && delta.refusal !== '';
  heard.finish = choice?.finish_reason ?? heard.finish;
  heard.usage = toldUsage(chunk.usage) ?? heard.usage;
}

const Told = z.object({
  prompt_tokens: z.int().min(0),
  completion_tokens: z.int().min(0),
  prompt_tokens_details: z
    .object({ cached_tokens: z.int().min(0).catch(0) })
    .nullish()
    .catch(null),
});

function toldUsage(told: unknown): TokenUsage | null {
  const read = Told.safeParse(told);
  if (!read.success) return null;
  const {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    prompt_tokens_details: details,
  } = read.data;
  return { inputTokens, cachedTokens: details?.cached_tokens ?? 0, outputTokens };
}

function usageOf({ usage, text, reasoned }: Heard, { system, user }: ModelRequest): TokenUsage {
  if (usage !== null) return usage;
  return {
    inputTokens: estimateTokens(system) + estimateTokens(user),
    cachedTokens: 0,
    outputTokens: estimateTokens(text) + Math.ceil(reasoned / 3),
    estimated: true,
  };
}

function replyOf(heard: Heard, request: ModelRequest, told: (usage: TokenUsage) => void): ModelReply {
  const usage = usageOf(heard, request);
  told(usage);
  const problem = problemOf(heard, request);
  if (problem === null) return { text: heard.text, usage };
  if (heard.begun) request.onWasted?.(usage);
  throw problem;
}

function problemOf(heard: Heard, { maxTokens }: ModelRequest): CapwrightError | null {
  if (!heard.begun) return unreadable(SETTINGS);
  if (heard.declined || heard.finish === 'content_filter') return declined(SETTINGS);
  if (heard.finish === 'length') return cutOff(maxTokens, SETTINGS);
  return heard.finish === null ? brokenOff() : null;
}

/** Endpoints call what they do not know a bad request, or one that can't be processed, or not implemented. */
const NOT_UNDERSTOOD = new Set([400, 422, 501]);

function simplerAfter(error: unknown, dialect: Dialect): Dialect | null {
  if (!(error instanceof APIError) || error.status === undefined || !NOT_UNDERSTOOD.has(error.status)) {
    return null;
  }
  return error.code === 'context_length_exceeded' ? null : simplerDialect(dialect, error.param ?? null);
}

function toCapwrightError(error: unknown, caller: AbortSignal, deadline: AbortSignal): CapwrightError {
  if (caller.aborted) return cancelled();
  if (isSilence(error)) return fellSilent();
  const isLate =
    deadline.aborted || error instanceof APIUserAbortError || error instanceof APIConnectionTimeoutError;
  if (isLate) return tooSlow();
  if (error instanceof APIConnectionError) return notReached(SETTINGS);
  if (error instanceof APIError) {
    const { status, code, type } = error;
    return fromProvider({ status, type: code ?? type }, SETTINGS);
  }
  return unreadable(SETTINGS);
}
