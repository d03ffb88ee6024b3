import { describe, expect, it } from 'vitest';
import { createAnalyzeTask } from '../../src/capture/analyze-task.ts';
import { CapwrightError, type ErrorCode } from '../../src/domain/errors.ts';
import type { Task } from '../../src/domain/task.ts';
import { createFakeClock } from '../fakes/clock.ts';
import { quietCall } from '../fakes/orchestrator.ts';
import { sampleTask } from '../fakes/task.ts';

/** What an analysis that ends with `error` comes to, for a task that has failed so often before. */
function eventOf(error: unknown, failures: number, call = quietCall) {
  const analyzeTask = createAnalyzeTask({
    runTaskAnalysis: async () => {
      throw error;
    },
    clock: { ...createFakeClock(), now: () => 0 },
    log: () => {},
  });
  const task: Task = { ...sampleTask(), state: 'analyzing', failures, files: [], missing: [] };
  return analyzeTask(task, call);
}

const failing = (code: ErrorCode): CapwrightError => new CapwrightError(code, 'It failed.', 'Try.');

describe('an analysis that failed', () => {
  it.each([
    ['away', 'SANDBOX_UNAVAILABLE'],
    ['never free', 'SANDBOX_BUSY'],
  ] as const)(
    'is tried again without end while the sandbox is %s, less and less often',
    async (_how, code) => {
      const events = await Promise.all(
        [0, 1, 2, 3, 4, 50, 5000].map((failures) => eventOf(failing(code), failures)),
      );

      expect(events.map((event) => (event.type === 'hindered' ? event.retryAt / 1000 : event.type))).toEqual([
        30, 60, 120, 240, 300, 300, 300,
      ]);
    },
  );

  it('is given up after three times in a row where the trouble may pass', async () => {
    const types = await Promise.all(
      [0, 1, 2].map(async (failures) => (await eventOf(failing('SANDBOX_FAILED'), failures)).type),
    );

    expect(types).toEqual(['hindered', 'hindered', 'analysis_failed']);
  });

  it('is given up at once where trying again can not help', async () => {
    expect(await eventOf(failing('NOT_A_CAPTURE'), 0)).toMatchObject({
      type: 'analysis_failed',
      failure: { code: 'NOT_A_CAPTURE' },
    });
    expect(await eventOf(new Error('bug'), 0)).toMatchObject({
      type: 'analysis_failed',
      failure: { code: 'INTERNAL' },
    });
  });

  it('because it was cancelled is no failure of the task', async () => {
    const cancelled = { ...quietCall, signal: AbortSignal.abort() };

    await expect(eventOf(failing('CANCELLED'), 0, cancelled)).rejects.toMatchObject({ name: 'AbortError' });
  });
});
