import { afterEach, describe, expect, it } from 'vitest';
import { createOpenAiModel } from '../../../src/adapters/language-model/openai-model.ts';
import { CapwrightError } from '../../../src/domain/errors.ts';
import type { TokenUsage } from '../../../src/domain/model-usage.ts';
import type { Model } from '../../../src/ports.ts';
import {
  type ChatAnswer,
  type OpenAiStandIn,
  type OpenAiStandInOptions,
  startOpenAiStandIn,
} from '../../stand-ins/openai.ts';

const KEY = 'sk-test-0123456789-0123456789';
const standIns: OpenAiStandIn[] = [];
const logs: string[] = [];
afterEach(async () => {
  await Promise.all(standIns.splice(0).map((standIn) => standIn.close()));
  logs.length = 0;
});

interface Options extends OpenAiStandInOptions {
  deadlineMs?: number;
  silenceMs?: number;
  apiKey?: string | null;
}

async function start(answers: ChatAnswer[], { deadlineMs, silenceMs, apiKey = KEY, ...lacks }: Options = {}) {
  const standIn = await startOpenAiStandIn(answers, lacks);
  standIns.push(standIn);
  const model = createOpenAiModel({
    apiKey,
    model: 'some/model-7b',
    baseUrl: standIn.baseUrl,
    log: (level, message, fields) => logs.push(JSON.stringify({ level, message, fields })),
    ...(deadlineMs !== undefined && { deadlineMs }),
    ...(silenceMs !== undefined && { silenceMs }),
  });
  return { model, standIn };
}

const schema = { type: 'object', properties: {}, additionalProperties: false };
const ask = (
  model: Model,
  signal = new AbortController().signal,
  onWasted: (usage: TokenUsage) => void = () => undefined,
) =>
  model.complete({
    system: 'CONSTANT',
    user: 'the turn',
    schema,
    schemaName: 'plan',
    maxTokens: 1_000,
    signal,
    onWasted,
  });

async function failureOf(call: Promise<unknown>): Promise<CapwrightError> {
  const error: unknown = await call.then(
    () => new Error('it succeeded'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof CapwrightError)) throw error;
  return error;
}

describe('an OpenAI-compatible model over the real SDK', () => {
  it('streams a reply in structured output, at the address and with the key that were configured', async () => {
    const text = JSON.stringify({ script: 'x'.repeat(3_000) });
    const { model, standIn } = await start([{ text }], { path: '/serving/v1' });

    const reply = await ask(model);

    expect(reply).toEqual({ text, usage: { inputTokens: 120, cachedTokens: 30, outputTokens: 42 } });
    const [seen] = standIn.seen;
    expect(seen).toMatchObject({ key: KEY, system: 'CONSTANT', user: 'the turn' });
    expect(seen?.path).toBe('/serving/v1/chat/completions');
    expect(seen?.body).toMatchObject({
      model: 'some/model-7b',
      max_tokens: 1_000,
      stream_options: { include_usage: true },
      response_format: { type: 'json_schema', json_schema: { name: 'plan', schema, strict: true } },
    });
  });

  it('sends no key where none is configured', async () => {
    const { model, standIn } = await start([{ text: '{}' }], { apiKey: null });

    await ask(model);

    expect(standIn.seen[0]?.key).toBeNull();
  });

  it.each([true, false])(
    'asks for JSON in the next simpler way where schemas are unknown (parameter named: %s), and remembers it',
    async (namesParameter) => {
      const { model, standIn } = await start([{ text: '{}' }], { lacks: ['json_schema'], namesParameter });

      await ask(model);
      await ask(model);

      expect(standIn.refused).toHaveLength(1);
      expect(standIn.seen.map(({ body }) => body.response_format)).toEqual([
        { type: 'json_object' },
        { type: 'json_object' },
      ]);
    },
  );

  it.each([true, false])(
    'relies on the prompt where there is no structured output at all (parameter named: %s)',
    async (namesParameter) => {
      const { model, standIn } = await start([{ text: '{}' }], {
        lacks: ['json_schema', 'json_object', 'stream_options'],
        namesParameter,
      });

      const reply = await ask(model);

      expect(reply.text).toBe('{}');
      expect(standIn.seen[0]?.body).not.toHaveProperty('response_format');
      expect(standIn.seen[0]?.body).not.toHaveProperty('stream_options');
    },
  );

  it('keeps structured output where only usage is unknown', async () => {
    const { model, standIn } = await start([{ text: '{}' }], {
      lacks: ['stream_options'],
      namesParameter: false,
    });

    await ask(model);

    expect(standIn.seen[0]?.body.response_format?.type).toBe('json_schema');
  });

  it('names the limit of the reply as the endpoint wants it', async () => {
    const { model, standIn } = await start([{ text: '{}' }], { lacks: ['max_tokens'] });

    await ask(model);

    expect(standIn.seen[0]?.body).toMatchObject({ max_completion_tokens: 1_000 });
    expect(standIn.seen[0]?.body).not.toHaveProperty('max_tokens');
  });

  it('gives up on an endpoint that refuses every form of a request', async () => {
    const { model, standIn } = await start([{ text: '{}' }], {
      lacks: ['max_tokens', 'max_completion_tokens'],
    });

    expect((await failureOf(ask(model))).code).toBe('MODEL_REFUSED');
    expect(standIn.refused.length).toBeLessThan(10);
  });

  it('estimates usage where the endpoint tells none, and says so', async () => {
    const { model } = await start([{ text: 'x'.repeat(300), reasoning: 'y'.repeat(30) }], {
      tellsUsage: false,
    });

    const { usage } = await ask(model);

    expect(usage).toEqual({ inputTokens: 6, cachedTokens: 0, outputTokens: 110, estimated: true });
  });

  it('leaves reasoning out of the reply', async () => {
    const { model } = await start([{ text: '{"script":"echo x"}', reasoning: 'Let me think.' }]);

    expect((await ask(model)).text).toBe('{"script":"echo x"}');
  });
});

describe('an OpenAI-compatible model that fails', () => {
  it.each<[ChatAnswer, string, string]>([
    [{ status: 401, code: 'invalid_api_key' }, 'MODEL_REFUSED', 'OPENAI_API_KEY'],
    [{ status: 403 }, 'MODEL_REFUSED', 'OPENAI_MODEL'],
    [{ status: 404, code: 'model_not_found' }, 'MODEL_REFUSED', 'OPENAI_MODEL'],
    [{ status: 400, param: 'messages' }, 'MODEL_REFUSED', 'OPENAI_API_BASE'],
    [{ status: 400, code: 'context_length_exceeded' }, 'MODEL_REFUSED', 'context window'],
  ])('is refused at once on %j and names the fix', async (answer, code, fix) => {
    const { model, standIn } = await start([answer]);

    const error = await failureOf(ask(model));

    expect(error.code).toBe(code);
    expect(error.next).toContain(fix);
    expect(standIn.seen).toHaveLength(1);
  });

  it('tells an empty account from a rate limit', async () => {
    const { model } = await start([{ status: 429, code: 'insufficient_quota', retryAfterMs: 1 }]);

    expect((await failureOf(ask(model))).message).toContain('payment');
  });

  it.each([429, 500, 503, 529])('retries %i, then is unavailable', async (status) => {
    const { model, standIn } = await start([{ status, retryAfterMs: 1 }]);

    expect((await failureOf(ask(model))).code).toBe('MODEL_UNAVAILABLE');
    expect(standIn.seen).toHaveLength(3);
  });

  it('gets over a rate limit that passes', async () => {
    const { model } = await start([{ status: 429, retryAfterSeconds: 1 }, { text: '{}' }]);

    expect((await ask(model)).text).toBe('{}');
  });

  it.each<[string, ChatAnswer, string]>([
    ['a refusal', { refusal: 'I can not help with that.' }, 'MODEL_REFUSED'],
    ["the content filter's silence", { text: '', finish: 'content_filter' }, 'MODEL_REFUSED'],
    ['a reply cut at the token limit', { text: '{"scr', finish: 'length' }, 'MODEL_UNAVAILABLE'],
    ['a reply that goes on without end', { text: 'x'.repeat(30_000) }, 'MODEL_UNAVAILABLE'],
    ['an error in the middle of the stream', { failed: 'mid-stream' }, 'MODEL_UNAVAILABLE'],
    ['a connection cut in the middle of the stream', { cut: 'mid-stream' }, 'MODEL_UNAVAILABLE'],
    ['a stream without a finish', { ended: 'without a finish' }, 'MODEL_UNAVAILABLE'],
    ['a chunk that is not JSON', { garbled: 'mid-stream' }, 'MODEL_UNAVAILABLE'],
    ['a page in HTML', { html: true }, 'MODEL_UNAVAILABLE'],
  ])('does not take %s for an answer', async (_, answer, code) => {
    const { model } = await start([answer]);

    expect((await failureOf(ask(model))).code).toBe(code);
  });

  it('waits for a reply that comes slowly but comes', async () => {
    const { model } = await start([{ text: '{"script":"echo slow"}', everyMs: 20 }], { silenceMs: 2_000 });

    expect((await ask(model)).text).toBe('{"script":"echo slow"}');
  });

  it('gives up on a reply that begins and then stops, and tells what it has cost', async () => {
    const { model } = await start([{ stalled: 'mid-stream' }], { silenceMs: 200 });
    const wasted: TokenUsage[] = [];

    const error = await failureOf(ask(model, undefined, (usage) => wasted.push(usage)));

    expect(error.message).toContain('stopped in the middle');
    expect(wasted).toEqual([expect.objectContaining({ inputTokens: 6, estimated: true })]);
  });

  it('gives up on a server that never answers, and on one that never ends', async () => {
    const silent = await start([{ silent: true }], { deadlineMs: 300 });
    const slow = await start([{ text: 'x'.repeat(800), everyMs: 200 }], { deadlineMs: 500 });

    expect((await failureOf(ask(silent.model))).message).toContain('in time');
    expect((await failureOf(ask(slow.model))).message).toContain('in time');
  });

  it('is unavailable where nothing listens', async () => {
    const { model, standIn } = await start([{ text: '{}' }]);
    await standIn.close();

    const error = await failureOf(ask(model));

    expect(error.code).toBe('MODEL_UNAVAILABLE');
    expect(error.next).toContain('OPENAI_API_BASE');
  });

  it('stops when the caller cancels, before and within a reply', async () => {
    for (const answer of [{ silent: true }, { stalled: 'mid-stream' }] as const) {
      const { model, standIn } = await start([answer]);
      const caller = new AbortController();
      const call = failureOf(ask(model, caller.signal));
      await expect.poll(() => standIn.seen.length).toBe(1);
      caller.abort();

      expect((await call).code).toBe('CANCELLED');
    }
  });

  it("puts neither the key nor the provider's words into an error or a log line", async () => {
    const { model } = await start(
      [{ text: '{}' }, { status: 401 }, { failed: 'mid-stream' }, { html: true }],
      {
        lacks: ['json_schema'],
      },
    );
    await ask(model);

    const errors = [await failureOf(ask(model)), await failureOf(ask(model)), await failureOf(ask(model))];

    const said = [
      ...errors.flatMap(({ message, next, cause, stack }) => [message, next, cause, stack]),
      ...logs,
    ];
    expect(said.join(' ')).not.toContain(KEY);
    expect(said.join(' ')).not.toContain('text of the provider');
  });
});
