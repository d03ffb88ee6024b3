import { NO_MODEL_LIMITS, roomFor, type ModelLimits, type Room } from '../domain/model-budget.ts';
import { CapwrightError } from '../domain/errors.ts';
import {
  addUsage,
  costOf,
  estimateTokens,
  NO_USAGE,
  type ModelUsage,
  type TokenUsage,
} from '../domain/model-usage.ts';
import type { Clock, Model, ModelReply, ModelRequest } from '../ports.ts';

export interface MeteredModel {
  model: Model;
  /** What it took so far, in this analysis. */
  usage: () => ModelUsage;
}

export interface Metering {
  clock: Clock;
  /** Absent: only counted. */
  limits?: ModelLimits | undefined;
  /** What other analyses of the same task have taken already. */
  before?: ModelUsage | undefined;
}

/**
 * The same model, counted and held to a budget. A request that could go beyond it is not made, a reply is kept as short
 * as it leaves room for, and one that is under way at the time limit is stopped: all three are MODEL_UNAVAILABLE, so
 * that the built-in parts stand in.
 */
export function meterModel(
  model: Model,
  { clock, limits = NO_MODEL_LIMITS, before = NO_USAGE }: Metering,
): MeteredModel {
  let used = NO_USAGE;
  return {
    usage: () => used,
    model: {
      name: model.name,
      async complete(request) {
        const inputTokens = estimateTokens(request.system) + estimateTokens(request.user);
        const wanted = { inputTokens, wanted: request.maxTokens };
        const room = roomFor(wanted, addUsage(before, used), limits);
        if ('usedUp' in room) throw usedUp(room.usedUp, limits);
        const started = clock.now();
        let took: TokenUsage | null = null;
        const onWasted = (usage: TokenUsage) => {
          took = usage;
          request.onWasted?.(usage);
        };
        try {
          const reply = await completeWithin(model, { ...request, onWasted }, room, { clock, limits });
          took = reply.usage;
          return reply;
        } finally {
          used = addUsage(used, oneCall(took, clock.now() - started, limits));
        }
      },
    },
  };
}

function oneCall(took: TokenUsage | null, ms: number, { prices }: ModelLimits): ModelUsage {
  const tokens = took ?? { inputTokens: 0, cachedTokens: 0, outputTokens: 0 };
  return {
    calls: 1,
    inputTokens: tokens.inputTokens,
    cachedTokens: tokens.cachedTokens,
    outputTokens: tokens.outputTokens,
    costUsd: prices === null ? null : costOf(tokens, prices),
    ms,
    estimated: tokens.estimated ?? false,
  };
}

type Left = Extract<Room, { maxTokens: number }>;

async function completeWithin(
  model: Model,
  request: ModelRequest,
  { maxTokens, milliseconds }: Left,
  { clock, limits }: { clock: Clock; limits: ModelLimits },
): Promise<ModelReply> {
  if (milliseconds === null) return model.complete({ ...request, maxTokens });
  const late = new AbortController();
  const answered = new AbortController();
  void endAfter(milliseconds, { clock, late, answered: answered.signal });
  try {
    const signal = AbortSignal.any([request.signal, late.signal]);
    return await model.complete({ ...request, maxTokens, signal });
  } catch (error) {
    if (late.signal.aborted && !request.signal.aborted) throw usedUp('milliseconds', limits);
    throw error;
  } finally {
    answered.abort();
  }
}

async function endAfter(
  milliseconds: number,
  { clock, late, answered }: { clock: Clock; late: AbortController; answered: AbortSignal },
): Promise<void> {
  await clock.sleep(milliseconds, answered);
  if (!answered.aborted) late.abort();
}

/** The settings that these limits come from. */
const SETTINGS = {
  tokens: 'CAPWRIGHT_MODEL_MAX_TOKENS',
  usd: 'CAPWRIGHT_MODEL_MAX_USD',
  milliseconds: 'CAPWRIGHT_MODEL_MAX_SECONDS',
} as const;

function usedUp(which: keyof typeof SETTINGS, limits: ModelLimits): CapwrightError {
  const limit = {
    tokens: `${limits.tokens} tokens`,
    usd: `${limits.usd} USD`,
    milliseconds: `${Math.round((limits.milliseconds ?? 0) / 1000)} s`,
  }[which];
  return new CapwrightError(
    'MODEL_UNAVAILABLE',
    `The model's budget for one task, ${limit}, leaves no room for another request.`,
    `Raise ${SETTINGS[which]} and run the analysis again.`,
  );
}
