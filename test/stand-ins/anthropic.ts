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
  max_tokens: z.number().int().positive(),
  stream: z.literal(true),
  system: z.array(
    z.object({
      type: z.literal('text'),
      text: z.string(),
      cache_control: z.object({ type: z.literal('ephemeral') }).optional(),
    }),
  ),
  messages: z.array(z.object({ role: z.enum(['user', 'assistant']), content: z.string() })).min(1),
  output_config: z
    .object({
      format: z.object({ type: z.literal('json_schema'), schema: z.record(z.string(), z.unknown()) }),
    })
    .optional(),
});

export interface SeenRequest {
  path: string;
  /** The key, however it was sent. */
  key: string;
  system: string;
  user: string;
  body: z.infer<typeof Request>;
}

/** Tokens as the API reports them; input beside what was read from or written to the cache. */
export interface ToldUsage {
  input?: number;
  cacheWrite?: number;
  cacheRead?: number;
  output?: number;
}

/**
 * One answer: a text (whole, dripping with `everyMs` between its pieces, or with `thinking` in front of it), an HTTP error,
 * or one of the ways in which a stream goes wrong. `stalled` begins and then says nothing more; `silent` never begins.
 */
export type Answer =
  | { text: string; stop?: string; thinking?: string; everyMs?: number; usage?: ToldUsage }
  | ({ status: number; type: string } & Later)
  | { refusal: true }
  | { cut: 'mid-stream' }
  | { overloaded: 'mid-stream' }
  | { garbled: 'mid-stream' }
  | { stalled: 'mid-stream' }
  | { silent: true };

export interface AnthropicStandIn {
  baseUrl: string;
  seen: SeenRequest[];
  close(): Promise<void>;
}

/**
 * A local server that speaks the Messages API's wire format: streamed replies as server-sent events, errors in
 * their JSON envelope. A request that the true API would reject is answered with 400.
 */
export async function startAnthropicStandIn(script: Script<SeenRequest, Answer>): Promise<AnthropicStandIn> {
  const seen: SeenRequest[] = [];
  const server = await serveProvider((request, body, response) => {
    const read = requestOf(request, body);
    if (read === null) {
      fail(response, 400, 'invalid_request_error');
      return;
    }
    seen.push(read);
    reply(response, answerOf(script, seen) ?? { silent: true }, read.body.model);
  });
  return { baseUrl: server.origin, seen, close: () => server.close() };
}

function requestOf(request: IncomingMessage, text: string): SeenRequest | null {
  const parsed = Request.safeParse(JSON.parse(text));
  const header = request.headers.authorization?.replace(/^Bearer /, '') ?? request.headers['x-api-key'];
  if (!parsed.success || request.headers['anthropic-version'] === undefined) return null;
  const body = parsed.data;
  return {
    path: request.url ?? '',
    key: typeof header === 'string' ? header : '',
    system: body.system.map((block) => block.text).join(''),
    user: body.messages.map((message) => message.content).join('\n'),
    body,
  };
}

function reply(response: ServerResponse, answer: Answer, model: string): void {
  if ('silent' in answer) return;
  if ('status' in answer) {
    sayLater(response, answer);
    fail(response, answer.status, answer.type);
    return;
  }
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'request-id': 'req_stand_in',
  });
  start(response, model, 'text' in answer ? answer.usage : undefined);
  if ('text' in answer) {
    say(response, answer);
  } else if ('refusal' in answer) {
    finish(response, 'refusal');
  } else {
    goWrong(response, answer);
  }
}

function goWrong(
  response: ServerResponse,
  answer: Extract<
    Answer,
    { cut: string } | { overloaded: string } | { garbled: string } | { stalled: string }
  >,
): void {
  block(response, 0, { type: 'text', text: '' }, [
    { type: 'text_delta', text: '{"script": "#!/usr/bin/env ba' },
  ]);
  if ('cut' in answer) {
    setImmediate(() => response.destroy());
  } else if ('garbled' in answer) {
    response.write('event: content_block_delta\ndata: {"type":"content_block_de\n\n');
    response.end();
  } else if ('overloaded' in answer) {
    event(response, 'error', { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } });
    response.end();
  }
}

function start(response: ServerResponse, model: string, usage: ToldUsage = {}): void {
  event(response, 'message_start', {
    type: 'message_start',
    message: {
      id: 'msg_stand_in',
      type: 'message',
      role: 'assistant',
      model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: {
        input_tokens: usage.input ?? 100,
        cache_creation_input_tokens: usage.cacheWrite ?? 20,
        cache_read_input_tokens: usage.cacheRead ?? 5,
        output_tokens: 1,
      },
    },
  });
}

const asDelta = (piece: string) => ({ type: 'text_delta', text: piece });

function say(response: ServerResponse, answer: Extract<Answer, { text: string }>): void {
  const { text, thinking, everyMs } = answer;
  const end = () => finish(response, answer.stop ?? 'end_turn', answer.usage?.output);
  if (thinking !== undefined) {
    const deltas = [
      { type: 'thinking_delta', thinking },
      { type: 'signature_delta', signature: 'c2lnbmVk' },
    ];
    block(response, 0, { type: 'thinking', thinking: '', signature: '' }, deltas);
  }
  const index = thinking === undefined ? 0 : 1;
  const begin = { type: 'text', text: '' };
  if (everyMs === undefined) {
    block(response, index, begin, inPieces(text, 400).map(asDelta));
    end();
    return;
  }
  event(response, 'content_block_start', { type: 'content_block_start', index, content_block: begin });
  drip(response, inPieces(text, Math.ceil(text.length / 8)), {
    everyMs,
    each: (piece) =>
      event(response, 'content_block_delta', { type: 'content_block_delta', index, delta: asDelta(piece) }),
    end: () => {
      event(response, 'content_block_stop', { type: 'content_block_stop', index });
      end();
    },
  });
}

/** One block of content in small deltas, as the API sends it. */
function block(response: ServerResponse, index: number, begin: object, deltas: readonly object[]): void {
  event(response, 'content_block_start', { type: 'content_block_start', index, content_block: begin });
  event(response, 'ping', { type: 'ping' });
  for (const delta of deltas) {
    event(response, 'content_block_delta', { type: 'content_block_delta', index, delta });
  }
  event(response, 'content_block_stop', { type: 'content_block_stop', index });
}

function finish(response: ServerResponse, stopReason: string, outputTokens = 42): void {
  const delta = { stop_reason: stopReason, stop_sequence: null };
  event(response, 'message_delta', { type: 'message_delta', delta, usage: { output_tokens: outputTokens } });
  event(response, 'message_stop', { type: 'message_stop' });
  response.end();
}

function event(response: ServerResponse, name: string, data: unknown): void {
  response.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
}

function fail(response: ServerResponse, status: number, type: string): void {
  response.writeHead(status, { 'content-type': 'application/json', 'request-id': 'req_stand_in' });
  response.end(JSON.stringify({ type: 'error', error: { type, message: 'text of the provider' } }));
}
