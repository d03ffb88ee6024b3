import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ERROR_META } from '../../src/server/tool-error.ts';
import {
  analyzeView,
  completedTaskView,
  SCENARIO,
  SECRET,
  startView,
  taskListView,
} from '../fakes/use-cases.ts';
import { DOORS, TOOLS, type Door } from './doors.ts';

/** What a server in another process lives through is heard a little later than its answer. */
const heardLast = (door: Door, event: object) =>
  vi.waitFor(() => expect(door.heard.events.at(-1)).toMatchObject(event), 5000);

const sentText = (result: { content: unknown }) => JSON.stringify(result.content);

describe.each(DOORS)('through $door', ({ open, version }) => {
  let door: Door;
  beforeAll(async () => {
    door = await open();
  });
  afterAll(() => door.close());

  it('speaks that version, names itself and states the workflow', () => {
    expect(door.client.getNegotiatedProtocolVersion()).toBe(version);
    expect(door.client.getServerVersion()).toMatchObject({ name: 'capwright', version: '0.0.0-test' });
    expect(door.client.getInstructions()).toContain('start_capture');
  });

  it('lists the tools in the order in which they are used', async () => {
    const { tools } = await door.client.listTools();

    expect(tools.map((tool) => tool.name)).toEqual(TOOLS);
  });

  it('starts a capture with defaults filled in and answers in full twice: as data and as text', async () => {
    const result = await door.client.callTool({ name: 'start_capture', arguments: { target: 'web-1' } });

    expect(result.isError).toBeUndefined();
    expect(result.structuredContent).toEqual(startView());
    expect(sentText(result)).toContain('task_id: task-1');
    expect(sentText(result)).toContain('next: Call check_task');
    await heardLast(door, {
      useCase: 'startCapture',
      input: { target: 'web-1', max_bytes: 0, llm: 'auto' },
    });
  });

  it('waits 45 seconds by default in check_task, and brings the analysis', async () => {
    const result = await door.client.callTool({ name: 'check_task', arguments: { task_id: SCENARIO.done } });

    expect(result.structuredContent).toEqual(completedTaskView());
    expect(sentText(result)).toContain('F1 [high] Port scan of 10.0.0.5');
    await heardLast(door, { input: { task_id: SCENARIO.done, wait_seconds: 45 } });
  });

  it('stops a capture without discarding it unless told so', async () => {
    const result = await door.client.callTool({ name: 'stop_capture', arguments: { task_id: 'task-1' } });

    expect(result.structuredContent).toMatchObject({ state: 'downloading' });
    await heardLast(door, { input: { task_id: 'task-1', discard: false, wait_seconds: 30 } });
  });

  it('lists tasks in pages of twenty', async () => {
    const result = await door.client.callTool({ name: 'list_tasks' });

    expect(result.structuredContent).toEqual(taskListView());
    expect(sentText(result)).toContain('task-1 task_pending');
    await heardLast(door, { input: { states: [], limit: 20 } });
  });

  it('analyses a file', async () => {
    const result = await door.client.callTool({
      name: 'analyze_pcap',
      arguments: { pcap_path: 'captures/mixed.cap' },
    });

    expect(result.structuredContent).toEqual(analyzeView());
  });

  it('plans a cleanup without arguments and applies it with the plan id', async () => {
    const planned = await door.client.callTool({ name: 'cleanup_orphans' });
    const applied = await door.client.callTool({
      name: 'cleanup_orphans',
      arguments: { plan_id: 'plan-1' },
    });

    expect(planned.structuredContent).toMatchObject({ applied: false, plan_id: 'plan-1' });
    expect(applied.structuredContent).toMatchObject({ applied: true });
  });

  it('refuses an unknown argument, naming it and what is allowed, without running anything', async () => {
    const result = await door.client.callTool({
      name: 'check_task',
      arguments: { task_id: 'task-1', timeout: 5 },
    });

    expect(result.isError).toBe(true);
    expect(result.structuredContent).toBeUndefined();
    expect(result.content).toEqual([
      {
        type: 'text',
        text: [
          'INVALID_ARGUMENT: check_task was called with arguments it does not take. unknown argument "timeout"; allowed are task_id, wait_seconds.',
          'turn: caller',
          'next: Call check_task again with these arguments put right; nothing was done.',
        ].join('\n'),
      },
    ]);
    // The next call is heard, so the refused one before it would have been heard too.
    await door.client.callTool({ name: 'check_task', arguments: { task_id: 'after the refusal' } });
    await heardLast(door, { input: { task_id: 'after the refusal' } });
    expect(JSON.stringify(door.heard.events)).not.toContain('timeout');
  });

  it('tells a foreseen failure as code, what happened, whose turn it is and what to do', async () => {
    const result = await door.client.callTool({
      name: 'start_capture',
      arguments: { target: SCENARIO.missingVm },
    });

    const { _meta: meta } = result;
    expect(result.isError).toBe(true);
    expect(sentText(result)).toContain(
      String.raw`VM_NOT_FOUND: There is no such VM.\nturn: caller\nnext: Check target and resource_group.`,
    );
    expect(meta?.[ERROR_META]).toEqual({
      code: 'VM_NOT_FOUND',
      message: 'There is no such VM.',
      turn: 'caller',
      next: 'Check target and resource_group.',
      retryable: false,
    });
  });

  it('tells nothing of an unforeseen failure but an id, under which the log has the stack', async () => {
    const result = await door.client.callTool({
      name: 'start_capture',
      arguments: { target: SCENARIO.buggyVm },
    });

    expect(result.isError).toBe(true);
    expect(JSON.stringify(result)).not.toContain(SECRET);
    const errorId = /error id (e-[0-9a-f]{8})/.exec(sentText(result))?.[1];
    expect(errorId).toBeDefined();
    await vi.waitFor(() =>
      expect(door.heard.logs).toContainEqual(
        expect.objectContaining({ level: 'error', errorId, stack: expect.stringContaining(SECRET) }),
      ),
    );
  });

  it('treats an answer that breaks its own schema as an unforeseen failure', async () => {
    const result = await door.client.callTool({
      name: 'check_task',
      arguments: { task_id: SCENARIO.malformed },
    });

    expect(result.isError).toBe(true);
    expect(sentText(result)).toContain('INTERNAL');
    expect(JSON.stringify(result)).not.toContain(SECRET);
  });

  it('answers a call of a tool that does not exist with a protocol error', async () => {
    await expect(door.client.callTool({ name: 'drop_tables' })).rejects.toThrow('drop_tables');
  });
});

const endlessCall = { name: 'check_task', arguments: { task_id: SCENARIO.endless } };
const abortOfEndlessCall = {
  kind: 'aborted',
  useCase: 'checkTask',
  input: { task_id: SCENARIO.endless, wait_seconds: 45 },
};

describe.each(DOORS)('a client that hangs up, through $door', ({ open }) => {
  it('has heard progress while it waited, and ends the wait of the use-case', async () => {
    const door = await open();
    const heard = Promise.withResolvers<object>();

    const call = door.client.callTool(endlessCall, { onprogress: heard.resolve });
    const lost = expect(call).rejects.toThrow();

    await expect(heard.promise).resolves.toEqual({ progress: 20, total: 100, message: 'capturing' });
    await Promise.all([lost, door.client.close()]);
    await heardLast(door, abortOfEndlessCall);
    await door.close();
  });
});

describe.each(DOORS.filter((each) => each.hearsCancel))(
  'a client that cancels, through $door',
  ({ open }) => {
    it('ends the wait of the use-case and can go on', async () => {
      const door = await open();
      const cancel = new AbortController();

      const call = door.client.callTool(endlessCall, {
        signal: cancel.signal,
        onprogress: () => cancel.abort('enough'),
      });

      await expect(call).rejects.toThrow();
      await heardLast(door, abortOfEndlessCall);
      await expect(door.client.listTools()).resolves.toMatchObject({ tools: expect.any(Array) });
      await door.close();
    });
  },
);
