import { describe, expect, it } from 'vitest';
import {
  firstDialect,
  simplerDialect,
  type Dialect,
} from '../../../src/adapters/language-model/openai-dialect.ts';

/** Every dialect that is tried with an endpoint which refuses everything without a reason. */
function allTried(): Dialect[] {
  const tried: Dialect[] = [];
  for (let at: Dialect | null = firstDialect(false); at !== null; at = simplerDialect(at, null))
    tried.push(at);
  return tried;
}

describe('the dialects of Chat Completions', () => {
  it('begin with what OpenAI wants at OpenAI, and with what everybody knows elsewhere', () => {
    expect(firstDialect(true).limit).toBe('max_completion_tokens');
    expect(firstDialect(false).limit).toBe('max_tokens');
  });

  it('come to an end with an endpoint that refuses all of them, each tried once', () => {
    const tried = allTried().map((dialect) => JSON.stringify(dialect));

    expect(new Set(tried).size).toBe(tried.length);
    expect(tried).toHaveLength(6);
  });

  it.each(['response_format', 'stream_options', 'max_tokens', 'max_completion_tokens'])(
    'come to an end with an endpoint that always names %s',
    (parameter) => {
      let at: Dialect | null = firstDialect(false);
      let steps = 0;
      for (; at !== null && steps < 20; steps += 1) at = simplerDialect(at, parameter);

      expect(steps).toBeLessThan(20);
    },
  );

  it('have no simpler form of what is none of theirs', () => {
    expect(simplerDialect(firstDialect(true), 'messages[0].content')).toBeNull();
  });
});
