import type { Model, ModelRequest } from '../../src/ports.ts';

export interface FakeModel extends Model {
  /** Every request in order. */
  readonly requests: ModelRequest[];
}

/** A model that gives the scripted replies in order: a text, or an error to throw. The last one is repeated. */
export function createFakeModel(replies: readonly (string | Error)[], name = 'fake-model'): FakeModel {
  const requests: ModelRequest[] = [];
  return {
    name,
    requests,
    complete(request) {
      requests.push(request);
      const reply = replies[Math.min(requests.length, replies.length) - 1] ?? '';
      if (reply instanceof Error) return Promise.reject(reply);
      return Promise.resolve({ text: reply, usage: { inputTokens: 10, cachedTokens: 0, outputTokens: 5 } });
    },
  };
}

/** A planner's reply, as a model that keeps to the form gives it. */
export const planReply = (script: string) => JSON.stringify({ script });
