import { afterEach, describe, expect, it } from 'vitest';
import {
  createAnthropicModel,
  DEFAULT_ANTHROPIC_MODEL,
} from '../../../src/adapters/language-model/anthropic-model.ts';
import { CapwrightError } from '../../../src/domain/errors.ts';
import type { TokenUsage } from '../../../src/domain/model-usage.ts';
import type { Model } from '../../../src/ports.ts';
import {
  type Answer,
  type AnthropicStandIn,
  type SeenRequest,
  startAnthropicStandIn,
} from '../../stand-ins/anthropic.ts';
import type { Script } from '../../stand-ins/provider-server.ts';

const KEY = 'sk-ant-test-0123456789';
const standIns: AnthropicStandIn[] = [];
const logs: string[] = [];
afterEach(async () => {
  await Promise.all(standIns.splice(0).map((standIn) => standIn.close()));
  logs.length = 0;
});

async function start(
  answers: Script<SeenRequest, Answer>,
  options: { deadlineMs?: number; silenceMs?: number } = {},
) {
  const standIn = await startAnthropicStandIn(answers);
  standIns.push(standIn);
  const model = createAnthropicModel({
    apiKey: KEY,
    model: null,
    baseUrl: standIn.baseUrl,
    log: (level, message, fields) => logs.push(JSON.stringify({ level, message, fields })),
    ...options,
  });
  return { model, standIn };
}

const ask = (
  model: Model,
  signal = new AbortController().signal,
  onWasted: (usage: TokenUsage) => void = () => undefined,
) =>
  model.complete({
    onWasted,
    system: 'CONSTANT',
    user: 'the turn',
    schema: { type: 'object', properties: {}, additionalProperties: false },
    schemaName: 'plan',
    maxTokens: 1_000,
    signal,
  });

async function failureOf(call: Promise<unknown>): Promise<CapwrightError> {
  const error: unknown = await call.then(
    () => new Error('it succeeded'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof CapwrightError)) throw error;
  return error;
}

describe('the Anthropic model over the real SDK', () => {
  it('sends the constant system prompt as cacheable, asks for structured output, and counts all tokens', async () => {
    const text = JSON.stringify({ script: 'x'.repeat(3_000) });
    const { model, standIn } = await start([{ text }]);

    const reply = await ask(model);

    expect(reply).toEqual({
      text,
      usage: { inputTokens: 125, cachedTokens: 5, cacheWriteTokens: 20, outputTokens: 42 },
    });
    const [seen] = standIn.seen;
    expect(seen?.key).toBe(KEY);
    expect(seen?.body).toMatchObject({
      model: DEFAULT_ANTHROPIC_MODEL,
      max_tokens: 1_000,
      system: [{ type: 'text', text: 'CONSTANT', cache_control: { type: 'ephemeral' } }],
      messages: [{ role: 'user', content: 'the turn' }],
      output_config: { format: { type: 'json_schema', schema: { type: 'object' } } },
    });
  });

  it.each([
    [401, 'authentication_error', 'MODEL_REFUSED', 'ANTHROPIC_API_KEY'],
    [403, 'permission_error', 'MODEL_REFUSED', 'ANTHROPIC_MODEL'],
    [404, 'not_found_error', 'MODEL_REFUSED', 'ANTHROPIC_MODEL'],
    [400, 'invalid_request_error', 'MODEL_REFUSED', 'ANTHROPIC_MODEL'],
  ])('is refused at once on %i and names the fix', async (status, type, code, fix) => {
    const { model, standIn } = await start([{ status, type }]);

    const error = await failureOf(ask(model));

    expect(error.code).toBe(code);
    expect(error.next).toContain(fix);
    expect(standIn.seen).toHaveLength(1);
  });

  it.each([
    [429, 'rate_limit_error'],
    [500, 'api_error'],
    [529, 'overloaded_error'],
  ])('retries %i, then is unavailable', async (status, type) => {
    const { model, standIn } = await start([{ status, type, retryAfterMs: 1 }]);

    const error = await failureOf(ask(model));

    expect(error.code).toBe('MODEL_UNAVAILABLE');
    expect(standIn.seen).toHaveLength(3);
  });

  it('gets over an overload that passes', async () => {
    const { model } = await start([
      { status: 529, type: 'overloaded_error', retryAfterMs: 1 },
      { text: '{}' },
    ]);

    expect((await ask(model)).text).toBe('{}');
  });

  it.each<[string, Answer, string]>([
    ['a refusal', { refusal: true }, 'MODEL_REFUSED'],
    ['a reply cut at the token limit', { text: '{"scr', stop: 'max_tokens' }, 'MODEL_UNAVAILABLE'],
    ['an overload in the middle of the stream', { overloaded: 'mid-stream' }, 'MODEL_UNAVAILABLE'],
    ['a connection cut in the middle of the stream', { cut: 'mid-stream' }, 'MODEL_UNAVAILABLE'],
    ['an event that is not JSON', { garbled: 'mid-stream' }, 'MODEL_UNAVAILABLE'],
  ])('does not take %s for an answer', async (_, answer, code) => {
    const { model } = await start([answer]);

    expect((await failureOf(ask(model))).code).toBe(code);
  });

  it('gives up on a server that never answers', async () => {
    const { model } = await start([{ silent: true }], { deadlineMs: 300 });

    const error = await failureOf(ask(model));

    expect(error.code).toBe('MODEL_UNAVAILABLE');
    expect(error.message).toContain('in time');
  });

  it('waits for a reply that comes slowly but comes', async () => {
    const { model } = await start([{ text: '{"script":"echo slow"}', everyMs: 20 }], { silenceMs: 2_000 });

    expect((await ask(model)).text).toBe('{"script":"echo slow"}');
  });

  it('gives up on a reply that begins and then stops, and tells what it has cost', async () => {
    const { model } = await start([{ stalled: 'mid-stream' }], { silenceMs: 200 });
    const wasted: TokenUsage[] = [];

    const error = await failureOf(ask(model, undefined, (usage) => wasted.push(usage)));

    expect(error.code).toBe('MODEL_UNAVAILABLE');
    expect(error.message).toContain('stopped in the middle');
    expect(wasted).toEqual([expect.objectContaining({ inputTokens: 125, cachedTokens: 5, estimated: true })]);
  });

  it.each<[string, Answer]>([
    ['a refusal', { refusal: true }],
    ['a reply cut at the token limit', { text: '{"scr', stop: 'max_tokens' }],
  ])('tells what %s has cost', async (_, answer) => {
    const { model } = await start([answer]);
    const wasted: TokenUsage[] = [];

    await failureOf(ask(model, undefined, (usage) => wasted.push(usage)));

    expect(wasted).toEqual([{ inputTokens: 125, cachedTokens: 5, cacheWriteTokens: 20, outputTokens: 42 }]);
  });

  it('takes the text and leaves the thinking', async () => {
    const { model } = await start([{ text: '{"script":"echo x"}', thinking: 'It may be a port scan.' }]);

    expect((await ask(model)).text).toBe('{"script":"echo x"}');
  });

  it('comes back when the API says so, in seconds', async () => {
    const { model, standIn } = await start((_, index) =>
      index === 0 ? { status: 429, type: 'rate_limit_error', retryAfterSeconds: 1 } : { text: '{}' },
    );

    expect((await ask(model)).text).toBe('{}');
    expect(standIn.seen).toHaveLength(2);
  });

  it('is unavailable where nothing listens', async () => {
    const { model, standIn } = await start([{ text: '{}' }]);
    await standIn.close();

    const error = await failureOf(ask(model));

    expect(error.code).toBe('MODEL_UNAVAILABLE');
    expect(error.next).toContain('ANTHROPIC_BASE_URL');
  });

  it('stops when the caller cancels', async () => {
    const { model } = await start([{ silent: true }]);
    const caller = new AbortController();
    const call = failureOf(ask(model, caller.signal));
    caller.abort();

    expect((await call).code).toBe('CANCELLED');
  });

  it("puts neither the key nor the provider's words into an error or a log line", async () => {
    const { model } = await start([{ text: '{}' }, { status: 401, type: 'authentication_error' }]);
    await ask(model);

    const error = await failureOf(ask(model));

    const said = `${error.message} ${error.next} ${String(error.cause)} ${error.stack ?? ''} ${logs.join(' ')}`;
    expect(logs).toHaveLength(1);
    expect(said).not.toContain(KEY);
    expect(said).not.toContain('text of the provider');
  });
});
