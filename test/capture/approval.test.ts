import { describe, expect, it } from 'vitest';
import { PLAN_LIFE_MS } from '../../src/domain/approval.ts';
import { StartCaptureArguments, type StartRequest } from '../../src/domain/start-arguments.ts';
import type { Cloud } from '../../src/ports.ts';
import { askedBy, auditLines, calling } from '../fakes/approval.ts';
import { ask, check, createBench } from '../fakes/bench.ts';
import { quietCall, type Orchestrator } from '../fakes/orchestrator.ts';

const bench = createBench();
const audit = () => auditLines(bench.dir);
const always = { policy: { approval: 'always' } } as const;

const both = (): StartRequest =>
  eachOf({
    targets: [{ target: 'web-01' }, { target: 'db-01' }],
    resource_group: 'rg',
    duration_seconds: 30,
  });

function eachOf(given: unknown): StartRequest {
  const { dry_run: _dryRun, ...request } = StartCaptureArguments.parse(given);
  return request;
}

/** A plan as a caller without anybody to ask gets it. */
async function planned(one: Orchestrator, request: StartRequest = ask()): Promise<string> {
  const { approval } = await one.request(request, quietCall);
  return approval?.plan_id ?? expect.fail('no approval was wanted');
}

describe('a start that waits for approval', () => {
  it('answers with the whole plan, and nothing is stored or created', async () => {
    const one = await bench.start(always);
    one.driver.start();

    const view = await one.request(ask(), quietCall);
    await bench.clock.sleep(60_000);

    expect(view).toMatchObject({ status: 'approval_required', task_id: null, tasks: [] });
    expect(view.approval?.question).toContain('size: at most 1.07 GB');
    expect(view.approval?.question).toContain(JSON.stringify(view.plan?.request.body));
    expect(Date.parse(view.approval?.expires_at ?? '') - bench.clock.now()).toBe(PLAN_LIFE_MS - 60_000);
    expect(view.next).toContain(view.approval?.plan_id);
    expect(await one.store.active()).toEqual([]);
    expect(bench.azure.creations).toEqual([]);
  });

  it('starts exactly what was shown when the plan comes back, at any server of the state directory', async () => {
    const one = await bench.start(always);
    const two = await bench.start(always);
    two.driver.start();
    const { approval, capture_name } = await one.request(ask(), quietCall);

    const view = await two.request({ ...ask(), plan_id: approval?.plan_id }, quietCall);
    const ended = await two.checkTask(check(view.task_id ?? ''), quietCall);

    expect(ended.status).toBe('task_completed');
    expect(bench.azure.creations).toEqual([capture_name]);
    expect(audit().find(({ event }) => event === 'accepted')).toMatchObject({
      parameters: { approved_by: 'plan_id' },
    });
  });

  it('is good once', async () => {
    const one = await bench.start(always);
    const plan_id = await planned(one);
    const { task_id } = await one.startCapture({ ...ask(), plan_id }, quietCall);
    await one.discard(task_id);
    await one.checkTask(check(task_id), quietCall);

    await expect(one.request({ ...ask(), plan_id }, quietCall)).rejects.toMatchObject({
      code: 'PLAN_USED',
      next: expect.stringContaining(task_id),
    });
    expect(await one.store.active()).toEqual([]);
  });

  it('is good once even for calls at the same moment', async () => {
    const one = await bench.start(always);
    const two = await bench.start(always);
    const plan_id = await planned(one);

    const answers = await Promise.allSettled(
      [one, two, one, two].map((server) => server.request({ ...ask(), plan_id }, quietCall)),
    );

    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await one.store.active()).toHaveLength(1);
  });

  it('gives the task again for the same request_id, plan or no plan', async () => {
    const one = await bench.start(always);
    const plan_id = await planned(one, ask({ request_id: 'r' }));
    const first = await one.startCapture({ ...ask({ request_id: 'r' }), plan_id }, quietCall);

    expect((await one.startCapture(ask({ request_id: 'r' }), quietCall)).task_id).toBe(first.task_id);
    expect((await one.startCapture({ ...ask({ request_id: 'r' }), plan_id }, quietCall)).task_id).toBe(
      first.task_id,
    );
  });

  it('is refused with other arguments, which are named', async () => {
    const one = await bench.start(always);
    const plan_id = await planned(one);

    for (const change of [{ duration_seconds: 31 }, { target: 'db-01' }, { session_id: 's' }]) {
      await expect(one.request({ ...ask(change), plan_id }, quietCall)).rejects.toMatchObject({
        code: 'PLAN_CHANGED',
        message: expect.stringContaining(Object.keys(change).join()),
      });
    }
    expect(await one.store.active()).toEqual([]);
  });

  it('is refused where Azure has changed meanwhile, and stays good for when it is as it was', async () => {
    const { cloud } = bench.azure;
    let storage = 'acct';
    const moving: Cloud = {
      ...cloud,
      preflight: async (asked, signal) => {
        const found = await cloud.preflight(asked, signal);
        found.request.body.properties.storageLocation.storageId = storage;
        return found;
      },
    };
    const one = await bench.start({ ...always, cloud: moving });
    const plan_id = await planned(one);

    storage = 'another';
    await expect(one.request({ ...ask(), plan_id }, quietCall)).rejects.toMatchObject({
      code: 'PLAN_CHANGED',
    });
    storage = 'acct';

    expect((await one.request({ ...ask(), plan_id }, quietCall)).status).toBe('task_pending');
  });

  it('is refused after its time, and where there is no such plan', async () => {
    const one = await bench.start(always);
    const plan_id = await planned(one);
    await bench.clock.sleep(PLAN_LIFE_MS);

    await expect(one.request({ ...ask(), plan_id }, quietCall)).rejects.toMatchObject({
      code: 'PLAN_EXPIRED',
    });
    await expect(one.request({ ...ask(), plan_id: 'forged' }, quietCall)).rejects.toMatchObject({
      code: 'UNKNOWN_PLAN',
    });
    expect(await one.store.active()).toEqual([]);
  });

  it('is held against the policy of the moment when it comes back', async () => {
    const one = await bench.start(always);
    const two = await bench.start({ policy: { approval: 'always', max_duration_seconds: 10 } });
    const plan_id = await planned(one);

    await expect(two.request({ ...ask(), plan_id }, quietCall)).rejects.toMatchObject({
      code: 'POLICY_DENIED',
    });
  });

  it('shows several targets together, and starts them together', async () => {
    const one = await bench.start(always);

    const { approval } = await one.request(both(), quietCall);
    const view = await one.request({ ...both(), plan_id: approval?.plan_id }, quietCall);

    expect(approval?.question.match(/^PUT /gm)).toHaveLength(2);
    expect(view.tasks).toHaveLength(2);
  });

  it('asks the person who can be asked, and remembers that it was they who agreed', async () => {
    const one = await bench.start(always);
    one.driver.start();

    const { planId, question } = await askedBy(() => one.request(ask(), calling('can be asked')));
    const again = await askedBy(() => one.request({ ...ask(), plan_id: planId }, calling('can be asked')));
    const view = await one.request({ ...ask(), plan_id: planId }, calling('given'));
    await bench.clock.sleep(5000);

    expect(question).toContain('Start this packet capture');
    expect(again.planId).toBe(planId);
    expect(view.status).toBe('task_pending');
    expect(audit()[0]).toMatchObject({ event: 'accepted', parameters: { approved_by: 'elicitation' } });
  });

  it('is no matter of a dry run, nor of a policy that asks for nothing', async () => {
    const one = await bench.start(always);
    const two = await bench.start();
    two.driver.start();

    expect((await one.planCapture(ask(), calling('can be asked'))).status).toBe('dry_run');
    expect((await two.request(ask(), calling('can be asked'))).status).toBe('task_pending');
    await bench.clock.sleep(5000);
    expect(audit()[0]).toMatchObject({ parameters: { approved_by: 'policy' } });
  });
});
