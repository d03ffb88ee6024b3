import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createLog } from '../../../src/adapters/process/stderr-log.ts';
import { createFakeClock } from '../../fakes/clock.ts';

function logged(write: (log: ReturnType<typeof createLog>) => void): string {
  let text = '';
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      text += String(chunk);
      done();
    },
  });
  write(createLog({ stream, level: 'info', clock: createFakeClock() }));
  return text;
}

describe('the log', () => {
  it('takes secrets out of everything, errors and their causes included', () => {
    const cause = new Error('GET https://a.blob.core.windows.net/c/x?sv=2024&sig=abc%2Bdef failed');
    const text = logged((log) =>
      log('error', 'Authorization: Bearer eyJhbGciOi.eyJzdWIiOi.c2ln', {
        error: new Error('key sk-ant-0123456789abcdef', { cause }),
        body: 'client_secret=hunter2&scope=x',
      }),
    );

    expect(text).not.toMatch(/abc%2Bdef|eyJhbGciOi|sk-ant|hunter2/);
    expect(text).toContain('(redacted)');
  });

  it('never throws, whatever it is given', () => {
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;

    const text = logged((log) => {
      log('error', 'first', { circular });
      log('error', 'second', { big: 1n });
    });

    expect(
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).message),
    ).toEqual(['first', 'second']);
  });

  it('keeps to its level', () => {
    expect(logged((log) => log('debug', 'quiet'))).toBe('');
  });
});
