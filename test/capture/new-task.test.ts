import { describe, expect, it } from 'vitest';
import { mustBeSameRequest } from '../../src/capture/new-task.ts';
import { StartCaptureInput } from '../../src/domain/inputs.ts';
import { ask } from '../fakes/bench.ts';
import { sampleTask } from '../fakes/task.ts';

/** What the version before kept of a request: it knew neither instances nor rings, and filled in the duration. */
const before = (change: Record<string, unknown> = {}) =>
  sampleTask({
    requestId: 'r',
    parameters: {
      target: 'web-01',
      resource_group: 'rg',
      duration_seconds: 60,
      max_bytes: 0,
      bytes_per_packet: 0,
      filters: [],
      auto_analyze: false,
      llm: 'auto',
      ...change,
    },
  });

const again = (change: Record<string, unknown> = {}): StartCaptureInput[] => [
  StartCaptureInput.parse({ target: 'web-01', resource_group: 'rg', request_id: 'r', ...change }),
];

describe('a request that comes again', () => {
  it('is the same where only defaults and newer arguments tell it from a task of the version before', () => {
    expect(() => mustBeSameRequest([before()], again())).not.toThrow();
    expect(() => mustBeSameRequest([before()], again({ duration_seconds: 60 }))).not.toThrow();
  });

  it('is the same whoever approved it', () => {
    expect(() => mustBeSameRequest([before({ approved_by: 'plan_id' })], again())).not.toThrow();
  });

  it.each([
    ['another duration', { duration_seconds: 61 }, 'duration_seconds'],
    ['a ring', { continuous: {} }, 'continuous'],
    ['instances', { target_type: 'AzureVMSS', include_instances: ['1'] }, 'include_instances'],
  ])('is another one with %s', (_what, change, name) => {
    expect(() => mustBeSameRequest([before()], again(change))).toThrow(name);
  });

  it('is another one with more targets', () => {
    expect(() => mustBeSameRequest([before()], [...again(), ask({ target: 'db-01' })])).toThrow('targets');
  });
});
