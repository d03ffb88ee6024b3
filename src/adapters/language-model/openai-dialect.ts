import type OpenAI from 'openai';
import type { ModelRequest } from '../../ports.ts';

/** What of Chat Completions an endpoint understands. */
export interface Dialect {
  format: 'json_schema' | 'json_object' | 'plain';
  /** Whether the stream may be asked to end with the tokens it took. */
  usage: boolean;
  limit: 'max_completion_tokens' | 'max_tokens';
}

/** The richest first. OpenAI's newer models refuse `max_tokens`; many other endpoints know nothing else. */
export function firstDialect(isOpenAi: boolean): Dialect {
  return { format: 'json_schema', usage: true, limit: isOpenAi ? 'max_completion_tokens' : 'max_tokens' };
}

const SIMPLER = { json_schema: 'json_object', json_object: 'plain', plain: null } as const;

/**
 * What to try after an endpoint refused a request as malformed, or null where nothing is left. `parameter` is what it
 * found fault with, where it says; otherwise the format is made simpler, first with usage and then without.
 */
export function simplerDialect(refused: Dialect, parameter: string | null): Dialect | null {
  const format = SIMPLER[refused.format];
  if (parameter === null) {
    if (format !== null) return { ...refused, format };
    return refused.usage ? { ...refused, format: 'json_schema', usage: false } : null;
  }
  if (parameter.startsWith('response_format')) return format === null ? null : { ...refused, format };
  if (parameter.startsWith('stream_options')) return refused.usage ? { ...refused, usage: false } : null;
  if (parameter === refused.limit) {
    return { ...refused, limit: refused.limit === 'max_tokens' ? 'max_completion_tokens' : 'max_tokens' };
  }
  return null;
}

/** A request in a dialect. Without a schema the prompt, which describes the reply, is all that there is. */
export function bodyIn(
  { format, usage, limit }: Dialect,
  model: string,
  request: ModelRequest,
): OpenAI.ChatCompletionCreateParamsStreaming {
  return {
    model,
    messages: [
      { role: 'system', content: request.system },
      { role: 'user', content: request.user },
    ],
    stream: true,
    [limit]: request.maxTokens,
    ...(usage && { stream_options: { include_usage: true } }),
    ...(format === 'json_object' && { response_format: { type: 'json_object' } }),
    ...(format === 'json_schema' && {
      response_format: {
        type: 'json_schema',
        json_schema: { name: request.schemaName, schema: request.schema, strict: true },
      },
    }),
  };
}
