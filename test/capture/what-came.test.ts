import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ask, check, createBench } from '../fakes/bench.ts';
import { quietCall } from '../fakes/orchestrator.ts';

const bench = createBench();

describe('what the storage account delivers', () => {
  it.each([
    ['a NetMon file', Buffer.from('474d425503000200', 'hex'), 'NetMon'],
    ['an error page', Buffer.from('<?xml version="1.0"?><Error/>'), 'XML'],
    ['an empty file', Buffer.alloc(0), 'empty'],
  ])('is kept where it is %s, and the task says so', async (_what, content, named) => {
    bench.azure.knobs.content = content;
    const one = await bench.start();
    const { task_id } = await one.startCapture(ask(), quietCall);

    const ended = await one.checkTask(check(task_id ?? ''), quietCall);

    expect(ended).toMatchObject({
      status: 'task_failed',
      cleaned_up: true,
      problem: { code: 'NOT_A_CAPTURE', message: expect.stringContaining(named) },
    });
    expect(readFileSync(ended.capture_path ?? '')).toEqual(content);
  });

  it.each([
    [[{ protocol: 'TCP', local_port: '9' }], 'check the filters'],
    [[], 'there was traffic'],
  ])(
    'may hold no packet: with filters %j the task completes and says what to check',
    async (filters, said) => {
      const one = await bench.start();
      const { task_id } = await one.startCapture(ask({ filters }), quietCall);

      const ended = await one.checkTask(check(task_id ?? ''), quietCall);

      expect(ended.status).toBe('task_completed');
      expect(ended.next).toContain('No packet');
      expect(ended.next).toContain(said);
    },
  );
});
