import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { z } from 'zod';

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

/** One answer of the script, used for one request; the last one is repeated. */
export type Answer =
  | { text: string; stop?: string }
  | { status: number; type: string; retryAfterMs?: number }
  | { refusal: true }
  | { cut: 'mid-stream' }
  | { overloaded: 'mid-stream' }
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
export async function startAnthropicStandIn(answers: readonly Answer[]): Promise<AnthropicStandIn> {
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    handle(request, response, answers, seen).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The stand-in got no port.');
  return {
    baseUrl: `http://127.0.0.1:${address.port}`,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  answers: readonly Answer[],
  seen: SeenRequest[],
): Promise<void> {
  const parsed = Request.safeParse(JSON.parse(await bodyOf(request)));
  const header = request.headers.authorization?.replace(/^Bearer /, '') ?? request.headers['x-api-key'];
  if (!parsed.success || request.headers['anthropic-version'] === undefined) {
    fail(response, 400, 'invalid_request_error');
    return;
  }
  const body = parsed.data;
  seen.push({
    path: request.url ?? '',
    key: typeof header === 'string' ? header : '',
    system: body.system.map((block) => block.text).join(''),
    user: body.messages.map((message) => message.content).join('\n'),
    body,
  });
  const answer = answers[Math.min(seen.length, answers.length) - 1] ?? { silent: true };
  reply(response, answer, body.model);
}

function reply(response: ServerResponse, answer: Answer, model: string): void {
  if ('silent' in answer) return;
  if ('status' in answer) {
    if (answer.retryAfterMs !== undefined) response.setHeader('retry-after-ms', String(answer.retryAfterMs));
    fail(response, answer.status, answer.type);
    return;
  }
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'request-id': 'req_stand_in',
  });
  start(response, model);
  if ('cut' in answer) {
    text(response, '{"script": "#!/usr/bin/env ba');
    setImmediate(() => response.destroy());
  } else if ('overloaded' in answer) {
    text(response, '{"scr');
    event(response, 'error', { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } });
    response.end();
  } else if ('refusal' in answer) {
    finish(response, 'refusal');
  } else {
    text(response, answer.text);
    finish(response, answer.stop ?? 'end_turn');
  }
}

function start(response: ServerResponse, model: string): void {
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
        input_tokens: 100,
        cache_creation_input_tokens: 20,
        cache_read_input_tokens: 5,
        output_tokens: 1,
      },
    },
  });
}

/** Streams the text in small deltas, as the API does. */
function text(response: ServerResponse, whole: string): void {
  const block = { type: 'text', text: '' };
  event(response, 'content_block_start', { type: 'content_block_start', index: 0, content_block: block });
  event(response, 'ping', { type: 'ping' });
  for (let at = 0; at < whole.length; at += 400) {
    const delta = { type: 'text_delta', text: whole.slice(at, at + 400) };
    event(response, 'content_block_delta', { type: 'content_block_delta', index: 0, delta });
  }
  event(response, 'content_block_stop', { type: 'content_block_stop', index: 0 });
}

function finish(response: ServerResponse, stopReason: string): void {
  const delta = { stop_reason: stopReason, stop_sequence: null };
  event(response, 'message_delta', { type: 'message_delta', delta, usage: { output_tokens: 42 } });
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

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}
