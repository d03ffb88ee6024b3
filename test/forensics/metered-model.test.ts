import { describe, expect, it } from 'vitest';
import { CapwrightError } from '../../src/domain/errors.ts';
import type { ModelLimits } from '../../src/domain/model-budget.ts';
import { NO_USAGE } from '../../src/domain/model-usage.ts';
import { meterModel } from '../../src/forensics/metered-model.ts';
import type { Clock, Model, ModelRequest } from '../../src/ports.ts';
import { createFakeModel } from '../fakes/model.ts';
import { analysisOf, reportReply, scripts } from '../fakes/forensics.ts';

const NO_LIMITS: ModelLimits = { tokens: null, usd: null, milliseconds: null, prices: null };
const prices = { input: 1, output: 2, cached: 0.1, cacheWrite: 1.25 };

/** Time stands still but for what a test adds; sleepers wake when their time has come, or are aborted. */
function createManualClock() {
  let now = 0;
  const sleepers: { at: number; wake: () => void }[] = [];
  const clock: Clock = {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        sleepers.push({ at: now + ms, wake: resolve });
        signal?.addEventListener('abort', () => resolve());
      }),
  };
  const pass = async (ms: number) => {
    now += ms;
    for (const { at, wake } of sleepers) if (at <= now) wake();
    await Promise.resolve();
  };
  return { clock, pass };
}

const request = (signal = new AbortController().signal): ModelRequest => ({
  system: 's'.repeat(300),
  user: 'u'.repeat(600),
  schema: {},
  schemaName: 'plan',
  maxTokens: 4_000,
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

const metered = (model: Model, limits: Partial<ModelLimits>, clock = createManualClock().clock) =>
  meterModel(model, { clock, limits: { ...NO_LIMITS, ...limits } });

/** A model that answers when it is told to, and stops when its request is aborted. */
function createSlowModel() {
  let answer: (() => void) | undefined;
  const model: Model = {
    name: 'slow',
    complete: ({ signal }) =>
      new Promise((resolve, reject) => {
        answer = () =>
          resolve({ text: '{}', usage: { inputTokens: 300, cachedTokens: 0, outputTokens: 10 } });
        signal.addEventListener('abort', () =>
          reject(new CapwrightError('CANCELLED', 'The analysis was cancelled.', 'Call it again.')),
        );
      }),
  };
  return { model, answer: () => answer?.() };
}

describe('a metered model', () => {
  it('adds up what each request took, at the configured prices', async () => {
    const { model, usage } = metered(createFakeModel(['a', 'b']), { prices });

    await model.complete(request());
    await model.complete(request());

    expect(usage()).toEqual({
      calls: 2,
      inputTokens: 20,
      cachedTokens: 0,
      outputTokens: 10,
      costUsd: 0.00004,
      ms: 0,
      estimated: false,
    });
  });

  it('tells no cost without prices', async () => {
    const { model, usage } = metered(createFakeModel(['a']), {});
    await model.complete(request());

    expect(usage().costUsd).toBeNull();
  });

  it('counts what a failed request has cost all the same', async () => {
    const failing: Model = {
      name: 'failing',
      complete: ({ onWasted }) => {
        onWasted?.({ inputTokens: 700, cachedTokens: 100, outputTokens: 9 });
        return Promise.reject(new CapwrightError('MODEL_UNAVAILABLE', 'It was cut off.', 'Again.'));
      },
    };
    const { model, usage } = metered(failing, {});
    await failureOf(model.complete(request()));

    expect(usage()).toMatchObject({ calls: 1, inputTokens: 700, cachedTokens: 100, outputTokens: 9 });
  });

  it('makes no request for which there is no room, and names the setting', async () => {
    const fake = createFakeModel(['a']);
    const { model, usage } = metered(fake, { tokens: 1_200 });

    const error = await failureOf(model.complete(request()));

    expect(error.code).toBe('MODEL_UNAVAILABLE');
    expect(error.next).toContain('CAPWRIGHT_MODEL_MAX_TOKENS');
    expect(fake.requests).toHaveLength(0);
    expect(usage()).toEqual(NO_USAGE);
  });

  it('asks for no longer reply than there is room for', async () => {
    const fake = createFakeModel(['a']);
    await metered(fake, { tokens: 2_300 }).model.complete(request());

    expect(fake.requests[0]?.maxTokens).toBe(2_000);
  });

  it('counts what the other analyses of the task have taken, but reports only its own', async () => {
    const before = { ...NO_USAGE, calls: 9, inputTokens: 5_000 };
    const { model, usage } = meterModel(createFakeModel(['a']), {
      clock: createManualClock().clock,
      limits: { ...NO_LIMITS, tokens: 5_500 },
      before,
    });

    await failureOf(model.complete(request()));

    expect(usage().calls).toBe(0);
  });

  it('stops a request that is under way when the time is over', async () => {
    const { clock, pass } = createManualClock();
    const { model, usage } = metered(createSlowModel().model, { milliseconds: 1_000 }, clock);

    const call = failureOf(model.complete(request()));
    await pass(1_000);
    const error = await call;

    expect(error.code).toBe('MODEL_UNAVAILABLE');
    expect(error.next).toContain('CAPWRIGHT_MODEL_MAX_SECONDS');
    expect(usage()).toMatchObject({ calls: 1, ms: 1_000 });
    expect((await failureOf(model.complete(request()))).message).toContain('1 s');
  });

  it('leaves a request alone that is answered in time, and counts the time', async () => {
    const { clock, pass } = createManualClock();
    const slow = createSlowModel();
    const { model, usage } = metered(slow.model, { milliseconds: 1_000 }, clock);

    const call = model.complete(request());
    await pass(400);
    slow.answer();
    await call;
    await pass(900);

    expect(usage()).toMatchObject({ calls: 1, ms: 400, inputTokens: 300 });
  });

  it('does not take the caller who leaves for the time limit', async () => {
    const caller = new AbortController();
    const { model } = metered(createSlowModel().model, { milliseconds: 1_000 });

    const call = failureOf(model.complete(request(caller.signal)));
    caller.abort();

    expect((await call).code).toBe('CANCELLED');
  });
});

const goodModel = () => createFakeModel([scripts.first, reportReply]);

describe('an analysis with a budget', () => {
  it('tells what the model took, in the result and in the report', async () => {
    const { analysis } = await analysisOf({ model: goodModel(), modelLimits: { ...NO_LIMITS, prices } });

    expect(analysis.usage).toMatchObject({ calls: 2, inputTokens: 20, outputTokens: 10 });
    expect(analysis.report).toContain('| Language model | 2 requests: 20 tokens read, 10 written');
  });

  it('goes on with the built-in parts where the budget is used up, and says so', async () => {
    const fake = goodModel();
    const { analysis } = await analysisOf({ model: fake, modelLimits: { ...NO_LIMITS, tokens: 1_500 } });

    expect(fake.requests).toHaveLength(0);
    expect(analysis.authorship).toMatchObject({
      planner: 'built-in playbook',
      reporter: 'built-in reporter',
    });
    expect(analysis.authorship.note).toContain('1500 tokens');
    expect(analysis.report).toContain('CAPWRIGHT_MODEL_MAX_TOKENS');
  });

  it('took nothing of a model that it was kept away from', async () => {
    const { analysis } = await analysisOf({ model: goodModel(), llm: 'off' });

    expect(analysis.usage).toEqual(NO_USAGE);
    expect(analysis.report).not.toContain('Language model');
  });
});
