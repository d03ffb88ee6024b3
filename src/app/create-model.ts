import type { Config } from '../config.ts';
import type { Log, Model } from '../ports.ts';

/** The model that every analysis shares; null where none is configured, or where each caller brings its own. */
export async function createModel({ model }: Config, log: Log): Promise<Model | null> {
  if (model === null || model.provider === 'sampling') {
    return null;
  }
  const { name, baseUrl } = model;
  if (model.provider === 'openai') {
    const { createOpenAiModel } = await import('../adapters/language-model/openai-model.ts');
    return createOpenAiModel({ apiKey: model.apiKey, model: name, baseUrl, log });
  }
  const { createAnthropicModel } = await import('../adapters/language-model/anthropic-model.ts');
  return createAnthropicModel({ apiKey: model.apiKey, model: name, baseUrl, log });
}
