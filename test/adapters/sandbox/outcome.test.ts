import { describe, expect, it } from 'vitest';
import { type Observed, outcomeOf } from '../../../src/adapters/sandbox/outcome.ts';
import { createOutput } from '../../../src/adapters/sandbox/output.ts';

const ORDERLY: Observed = {
  ending: 'ended',
  clean: true,
  exitCode: 0,
  elapsedMs: 100,
  timeoutMs: 1000,
  swept: true,
  oomKills: 0,
};

describe('the outcome of a command', () => {
  it.each<[string, Partial<Observed>, string]>([
    ['exits with 0', {}, 'exit'],
    ['exits with 3', { exitCode: 3 }, 'exit'],
    ['was killed by its own argv after the limit', { exitCode: 137, elapsedMs: 1001 }, 'timeout'],
    ['kills itself early', { exitCode: 137 }, 'exit'],
    ['was killed early and the kernel counts nothing', { exitCode: 137, oomKills: null }, 'out_of_memory'],
    [
      'was killed together with its container',
      { exitCode: 137, oomKills: null, swept: false },
      'engine_gone',
    ],
    ['lost a part of its pipeline for memory but exits with 0', { oomKills: 1 }, 'out_of_memory'],
    ['dies of a segmentation fault', { exitCode: 139 }, 'crash'],
    ['aborts', { exitCode: 134 }, 'crash'],
    ['has no exit code', { exitCode: null }, 'engine_gone'],
    ['came over a garbled stream', { clean: false }, 'engine_gone'],
    ['was cancelled, whatever else is true', { ending: 'cancelled', clean: false, oomKills: 1 }, 'cancelled'],
    ['said too much', { ending: 'output_overflow', exitCode: null }, 'output_overflow'],
  ])('of one that %s is named', (_name, observed, outcome) => {
    expect(outcomeOf({ ...ORDERLY, ...observed })).toBe(outcome);
  });
});

describe('kept output', () => {
  it('keeps the first bytes and counts all', () => {
    const output = createOutput(5);

    for (const part of ['abc', 'def', 'ghi']) output.add(Buffer.from(part));

    expect(output.text()).toBe('abcde');
    expect(output.bytes).toBe(9);
    expect(output.truncated).toBe(true);
  });

  it('does not change when the buffer that a chunk came in is used again', () => {
    const output = createOutput(5);
    const shared = Buffer.from('good');

    output.add(shared);
    shared.fill('x');

    expect(output.text()).toBe('good');
  });
});
