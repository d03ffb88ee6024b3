import { describe, expect, it } from 'vitest';
import { CapwrightError } from '../../src/domain/errors.ts';
import type { Policy } from '../../src/domain/policy.ts';
import { StartCaptureArguments, type StartRequest } from '../../src/domain/start-arguments.ts';
import type { Cloud } from '../../src/ports.ts';
import { ask, check, createBench } from '../fakes/bench.ts';
import { openOrchestrator, quietCall } from '../fakes/orchestrator.ts';

const bench = createBench();

function both(change: Record<string, unknown> = {}): StartRequest {
  const { dry_run: _dryRun, ...request } = StartCaptureArguments.parse({
    targets: [{ target: 'web-01' }, { target: 'db-01' }],
    resource_group: 'rg',
    duration_seconds: 30,
    ...change,
  });
  return request;
}

/** The fake cloud, but for what one machine's preflight says. */
function refusing(target: string, code: 'VM_NOT_FOUND' | 'AGENT_MISSING' = 'VM_NOT_FOUND'): Cloud {
  const { cloud } = bench.azure;
  return {
    ...cloud,
    preflight: (asked, signal) =>
      asked.target === target
        ? Promise.reject(new CapwrightError(code, `${target} is not good.`, 'Mend it.'))
        : cloud.preflight(asked, signal),
  };
}

const pair = (name: string) => both({ targets: [{ target: `${name}-a` }, { target: `${name}-b` }] });
const ids = (tasks: readonly { task_id: string }[]) => tasks.map(({ task_id }) => task_id);

describe('several targets in one call', () => {
  it('become tasks that know each other, and each runs to its own end', async () => {
    const one = await bench.start();
    one.driver.start();

    const view = await one.request(both(), quietCall);
    const [first = '', second = ''] = ids(view.tasks);
    const ended = await Promise.all(
      [first, second].map((task_id) => one.checkTask(check(task_id), quietCall)),
    );

    expect(view).toMatchObject({ status: 'task_pending', task_id: first, paired_task_ids: [second] });
    expect(view.tasks.map(({ target }) => target.split('/').at(-1))).toEqual(['web-01', 'db-01']);
    expect(view.next).toContain(first);
    expect(view.next).toContain(second);
    expect(ended).toMatchObject([
      { status: 'task_completed', task_id: first, paired_task_ids: [second] },
      { status: 'task_completed', task_id: second, paired_task_ids: [first] },
    ]);
    expect(bench.azure.creations).toHaveLength(2);
  });

  it('are listed with their partners, and a single one with none', async () => {
    const one = await bench.start();
    const { tasks } = await one.request(both(), quietCall);
    const single = await one.startCapture(ask({ target: 'x-01' }), quietCall);

    const page = await one.listTasks({ limit: 10, states: [] }, quietCall);
    const partners = new Map(page.tasks.map((task) => [task.task_id, task.paired_task_ids]));

    const [first = '', second = ''] = ids(tasks);
    expect(partners.get(first)).toEqual([second]);
    expect(partners.get(second)).toEqual([first]);
    expect(partners.get(single.task_id)).toEqual([]);
    expect(single.tasks).toEqual([]);
  });

  it('begin in Azure before either waits for its end', async () => {
    const one = await bench.start();
    one.driver.start();

    await one.request(both(), quietCall);
    await bench.clock.sleep(5000);

    const beginnings = [...bench.azure.sessions.values()].map(({ startedAt }) => startedAt);
    expect(beginnings).toHaveLength(2);
    expect(Math.abs((beginnings[0] ?? 0) - (beginnings[1] ?? 0))).toBeLessThan(1000);
  });

  it('go on where one fails', async () => {
    const { cloud } = bench.azure;
    const half: Cloud = {
      ...cloud,
      ensureCapture: (plan, signal) =>
        plan.vmName === 'db-01'
          ? Promise.reject(new CapwrightError('AZURE_REFUSED', 'no', 'ask again'))
          : cloud.ensureCapture(plan, signal),
    };
    const one = await bench.start({ cloud: half });
    one.driver.start();

    const { tasks } = await one.request(both(), quietCall);
    const [good, bad] = await Promise.all(ids(tasks).map((id) => one.checkTask(check(id), quietCall)));

    expect(good?.status).toBe('task_completed');
    expect(bad?.status).toBe('task_failed');
  });

  it('are all refused where one is, by name, with nothing stored or created', async () => {
    const one = await bench.start({ cloud: refusing('db-01') });

    await expect(one.request(both(), quietCall)).rejects.toMatchObject({
      code: 'VM_NOT_FOUND',
      message: 'targets[1] "db-01": db-01 is not good. Nothing was started for any target.',
      next: 'Mend it.',
    });
    expect(await one.store.active()).toEqual([]);
    expect(bench.azure.creations).toEqual([]);
  });

  it('are refused with every target named that is refused', async () => {
    const one = await bench.start({ cloud: refusing('db-01') });
    await one.startCapture(ask(), quietCall);

    await expect(one.request(both(), quietCall)).rejects.toMatchObject({
      code: 'VM_BUSY',
      message: expect.stringMatching(/^targets\[0\] "web-01": .* targets\[1\] "db-01": .*/),
    });
  });

  it('must be different machines, however they are written', async () => {
    const one = await bench.start();
    const id = '/subscriptions/sub/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/web-01';
    const { cloud } = bench.azure;
    const resolving: Cloud = {
      ...cloud,
      preflight: (asked, signal) =>
        cloud.preflight({ ...asked, target: asked.target.split('/').at(-1)?.toLowerCase() ?? '' }, signal),
    };
    const two = await bench.start({ cloud: resolving });

    await expect(
      two.request(both({ targets: [{ target: 'web-01' }, { target: id.toUpperCase() }] }), quietCall),
    ).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', message: expect.stringContaining('same machine') });
    expect(await one.store.active()).toEqual([]);
  });

  it('find each other again by one request_id, also from another server, and are refused when changed', async () => {
    const one = await bench.start();
    const two = await bench.start();
    const first = await one.request(both({ request_id: 'r' }), quietCall);

    const again = await two.request(both({ request_id: 'r' }), quietCall);

    expect(again.tasks).toEqual(first.tasks);
    expect(await one.store.active()).toHaveLength(2);
    await expect(
      two.request(both({ request_id: 'r', duration_seconds: 31 }), quietCall),
    ).rejects.toMatchObject({
      code: 'REQUEST_ID_REUSED',
      message: expect.stringContaining('duration_seconds'),
    });
    await expect(two.startCapture(ask({ request_id: 'r' }), quietCall)).rejects.toMatchObject({
      code: 'REQUEST_ID_REUSED',
      message: expect.stringContaining('targets'),
    });
  });

  it('with one request_id at once are made once', async () => {
    const one = await bench.start();
    const two = await bench.start();

    const views = await Promise.all(
      [one, two, one, two].map((server) => server.request(both({ request_id: 'r' }), quietCall)),
    );

    expect(new Set(views.map(({ tasks }) => JSON.stringify(tasks))).size).toBe(1);
    expect(await one.store.active()).toHaveLength(2);
  });

  it('survive the death of their server together', async () => {
    const { dir, clock, azure } = bench;
    const one = await openOrchestrator({ dir, clock, cloud: azure.cloud });
    const { tasks } = await one.request(both(), quietCall);
    await one.abandon();

    const two = await bench.start();
    two.driver.start();
    const ended = await Promise.all(ids(tasks).map((id) => two.checkTask(check(id), quietCall)));

    expect(ended.map(({ status }) => status)).toEqual(['task_completed', 'task_completed']);
  });

  it('are stopped one by one', async () => {
    const one = await bench.start();
    one.driver.start();
    const { tasks } = await one.request(both({ duration_seconds: 3000 }), quietCall);
    const [first = '', second = ''] = ids(tasks);
    await one.checkTask(check(second, 10), quietCall);

    await one.stopCapture({ task_id: first, discard: false, wait_seconds: 60 }, quietCall);

    expect((await one.checkTask(check(first), quietCall)).stop_reason).toBe('Manual');
    expect(await one.checkTask(check(second, 1), quietCall)).toMatchObject({ capture_status: 'Running' });
  });
});

describe('the limits of a policy', () => {
  it.each<[keyof Policy, Policy]>([
    ['max_concurrent_captures', { max_concurrent_captures: 1 }],
    ['max_captures_per_day', { max_captures_per_day: 1 }],
    ['disk_quota_bytes', { disk_quota_bytes: 1500 }],
  ])('count all targets of a call for %s, in a dry run too', async (rule, policy) => {
    const one = await bench.start({ policy });
    const request = both({ max_bytes: 1000 });
    const denied = { code: 'POLICY_DENIED', message: expect.stringContaining(rule) };

    await expect(one.request(request, quietCall)).rejects.toMatchObject(denied);
    await expect(one.planCapture(request, quietCall)).rejects.toMatchObject(denied);
    expect(await one.store.active()).toEqual([]);
    expect((await one.startCapture(ask({ max_bytes: 1000 }), quietCall)).status).toBe('task_pending');
  });

  it('let pairs race each other without one too many', async () => {
    const policy = { max_concurrent_captures: 3 };
    const one = await bench.start({ policy });
    const two = await bench.start({ policy });

    const answers = await Promise.allSettled(
      [one, two, one, two].map((server, n) => server.request(pair(`vm${n}`), quietCall)),
    );

    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await one.store.active()).toHaveLength(2);
  });
});

describe('a dry run of several targets', () => {
  it('shows the checks of each and every request', async () => {
    const one = await bench.start();

    const { plan, tasks, task_id } = await one.planCapture(both(), quietCall);

    expect({ tasks, task_id }).toEqual({ tasks: [], task_id: null });
    expect(plan?.checks.map(({ name }) => name)).toEqual(['web-01: vm', 'db-01: vm', 'policy']);
    expect(JSON.stringify(plan?.request)).toContain('web-01');
    expect(plan?.paired.map((text) => JSON.parse(text).body.properties.target.split('/').at(-1))).toEqual([
      'db-01',
    ]);
    expect(await one.store.active()).toEqual([]);
  });
});
