import type { ModelLimits } from '../domain/model-budget.ts';
import { NO_USAGE, type ModelUsage } from '../domain/model-usage.ts';
import type { Clock, Model } from '../ports.ts';
import { recorded } from './exchanges.ts';
import { meterModel } from './metered-model.ts';
import type { Prompts } from './prompts.ts';
import type { Transcript } from './transcript.ts';

export interface ChoosingModel {
  /** null where none is configured. */
  model: Model | null;
  modelLimits?: ModelLimits;
  prompts: Prompts;
  clock: Clock;
}

export interface ChosenModel {
  model: Model | null;
  /** What it took so far. */
  usage: () => ModelUsage;
}

/** The model of one analysis, within the budget of its task, counted, and with all that is said to it on record. */
export function chooseModel(
  { model, modelLimits, prompts, clock }: ChoosingModel,
  { llm, taken }: { llm: 'auto' | 'off'; taken?: ModelUsage },
  transcript: Transcript,
): ChosenModel {
  if (llm === 'off' || model === null) return { model: null, usage: () => NO_USAGE };
  const metered = meterModel(model, { clock, limits: modelLimits, before: taken });
  return { model: recorded({ model: metered.model, prompts }, transcript), usage: metered.usage };
}
