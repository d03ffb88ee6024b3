import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import {
  answerOf,
  drip,
  inPieces,
  sayLater,
  serveProvider,
  type Later,
  type Script,
} from './provider-server.ts';

const Request = z.object({
  model: z.string(),
  messages: z.array(z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() })).min(1),
  stream: z.literal(true),
  stream_options: z.object({ include_usage: z.boolean().optional() }).optional(),
  max_tokens: z.number().int().positive().optional(),
  max_completion_tokens: z.number().int().positive().optional(),
  response_format: z
    .discriminatedUnion('type', [
      z.object({
        type: z.literal('json_schema'),
        json_schema: z.object({
          name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/),
          schema: z.record(z.string(), z.unknown()),
          strict: z.boolean().optional(),
        }),
      }),
      z.object({ type: z.literal('json_object') }),
    ])
    .optional(),
});

export interface SeenChat {
  path: string;
  /** null where no Authorization header came. */
  key: string | null;
  system: string;
  user: string;
  body: z.infer<typeof Request>;
}

export interface ToldTokens {
  prompt?: number;
  cached?: number;
  completion?: number;
}

/**
 * One answer: a text (whole, dripping with `everyMs` between its pieces, or with `reasoning` in a field of its own in front of
 * it), an HTTP error, or one of the ways in which a stream goes wrong. `stalled` begins and then says nothing more.
 */
export type ChatAnswer =
  | { text: string; finish?: string; reasoning?: string; everyMs?: number; usage?: ToldTokens }
  | ({ status: number; type?: string; code?: string; param?: string } & Later)
  | { refusal: string }
  | { cut: 'mid-stream' }
  | { failed: 'mid-stream' }
  | { garbled: 'mid-stream' }
  | { ended: 'without a finish' }
  | { stalled: 'mid-stream' }
  | { html: true }
  | { silent: true };

/** What an endpoint does not know; a request that asks for it is answered with 400. */
export type Lack = 'json_schema' | 'json_object' | 'stream_options' | 'max_tokens' | 'max_completion_tokens';

export interface OpenAiStandInOptions {
  lacks?: readonly Lack[];
  /** Whether a 400 names the parameter at fault, as the true API does; many endpoints only have words. */
  namesParameter?: boolean;
  /** Leaves usage out of the stream even where it is asked for. */
  tellsUsage?: boolean;
  /** Under which the API lies. */
  path?: string;
}

export interface OpenAiStandIn {
  /** As users set it in OPENAI_API_BASE. */
  baseUrl: string;
  seen: SeenChat[];
  /** Requests that were refused for what the endpoint lacks. */
  refused: SeenChat[];
  close(): Promise<void>;
}

/** A local server that speaks the wire format of Chat Completions, streamed, with the shortcomings it is told to have. */
export async function startOpenAiStandIn(
  script: Script<SeenChat, ChatAnswer>,
  options: OpenAiStandInOptions = {},
): Promise<OpenAiStandIn> {
  const { lacks = [], namesParameter = true, tellsUsage = true, path = '/v1' } = options;
  const seen: SeenChat[] = [];
  const refused: SeenChat[] = [];
  const server = await serveProvider((request, text, response) => {
    if (request.url !== `${path}/chat/completions`) {
      fail(response, { status: 404, type: 'invalid_request_error', code: 'unknown_url' });
      return;
    }
    const read = requestOf(request, text);
    if (read === null) {
      fail(response, { status: 400, type: 'invalid_request_error' });
      return;
    }
    const param = lacking(read.body, lacks);
    if (param !== null) {
      refused.push(read);
      fail(response, { status: 400, type: 'invalid_request_error', ...(namesParameter && { param }) });
      return;
    }
    seen.push(read);
    const wantsUsage = tellsUsage && read.body.stream_options?.include_usage === true;
    reply(response, answerOf(script, seen) ?? { silent: true }, read.body.model, wantsUsage);
  });
  return { baseUrl: `${server.origin}${path}`, seen, refused, close: () => server.close() };
}

function requestOf(request: IncomingMessage, text: string): SeenChat | null {
  const parsed = Request.safeParse(JSON.parse(text));
  if (!parsed.success) return null;
  const body = parsed.data;
  const said = (role: string) =>
    body.messages
      .filter((message) => message.role === role)
      .map((message) => message.content)
      .join('\n');
  return {
    path: request.url ?? '',
    key: request.headers.authorization?.replace(/^Bearer /, '') ?? null,
    system: said('system'),
    user: said('user'),
    body,
  };
}

/** The parameter of a request that the endpoint does not know, or null. */
function lacking(body: SeenChat['body'], lacks: readonly Lack[]): string | null {
  const format = body.response_format?.type;
  if (format !== undefined && lacks.includes(format)) return 'response_format';
  if (body.stream_options !== undefined && lacks.includes('stream_options')) return 'stream_options';
  if (body.max_tokens !== undefined && lacks.includes('max_tokens')) return 'max_tokens';
  return body.max_completion_tokens !== undefined && lacks.includes('max_completion_tokens')
    ? 'max_completion_tokens'
    : null;
}

function reply(response: ServerResponse, answer: ChatAnswer, model: string, wantsUsage: boolean): void {
  if ('silent' in answer) return;
  if ('status' in answer) {
    sayLater(response, answer);
    fail(response, answer);
    return;
  }
  if ('html' in answer) {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end('<html><body>text of the provider</body></html>');
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  const stream = streamOf(response, model);
  stream.delta({ role: 'assistant', content: '' });
  if ('text' in answer) {
    say(response, stream, answer, wantsUsage);
  } else if ('refusal' in answer) {
    stream.delta({ refusal: answer.refusal });
    stream.finish('stop', wantsUsage ? {} : null);
  } else {
    stream.delta({ content: '{"script": "#!/usr/bin/env ba' });
    if ('cut' in answer) setImmediate(() => response.destroy());
    if ('ended' in answer) response.end();
    if ('garbled' in answer) response.end('data: {"id":"chatcmpl-stand-in","cho\n\n');
    if ('failed' in answer) {
      stream.send({ error: { message: 'text of the provider', type: 'server_error', code: null } });
      response.end();
    }
  }
}

type Stream = ReturnType<typeof streamOf>;

function say(
  response: ServerResponse,
  stream: Stream,
  answer: Extract<ChatAnswer, { text: string }>,
  wantsUsage: boolean,
): void {
  const end = () => stream.finish(answer.finish ?? 'stop', wantsUsage ? (answer.usage ?? {}) : null);
  if (answer.reasoning !== undefined) stream.delta({ reasoning_content: answer.reasoning });
  const each = (piece: string) => stream.delta({ content: piece });
  if (answer.everyMs === undefined) {
    inPieces(answer.text, 400).forEach(each);
    end();
    return;
  }
  const pieces = inPieces(answer.text, Math.ceil(answer.text.length / 8));
  drip(response, pieces, { everyMs: answer.everyMs, each, end });
}

function streamOf(response: ServerResponse, model: string) {
  const send = (data: object) => void response.write(`data: ${JSON.stringify(data)}\n\n`);
  const chunk = (choices: object[], more: object = {}) =>
    send({ id: 'chatcmpl-stand-in', object: 'chat.completion.chunk', created: 1, model, choices, ...more });
  return {
    send,
    delta: (delta: object) => chunk([{ index: 0, delta, finish_reason: null }]),
    finish(reason: string, usage: ToldTokens | null) {
      chunk([{ index: 0, delta: {}, finish_reason: reason }]);
      if (usage !== null) {
        const { prompt = 120, cached = 30, completion = 42 } = usage;
        const told = {
          prompt_tokens: prompt,
          completion_tokens: completion,
          total_tokens: prompt + completion,
          prompt_tokens_details: { cached_tokens: cached },
        };
        chunk([], { usage: told });
      }
      response.end('data: [DONE]\n\n');
    },
  };
}

interface Failure {
  status: number;
  type?: string;
  code?: string;
  param?: string;
}

function fail(response: ServerResponse, { status, type = 'server_error', code, param }: Failure): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  const error = { message: 'text of the provider', type, code: code ?? null, param: param ?? null };
  response.end(JSON.stringify({ error }));
}
