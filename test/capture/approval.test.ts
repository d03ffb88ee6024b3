import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ApprovalNeeded, PLAN_LIFE_MS, type Consent } from '../../src/domain/approval.ts';
import { StartCaptureArguments, type StartRequest } from '../../src/domain/start-arguments.ts';
import type { CallContext, Cloud } from '../../src/ports.ts';
import { ask, check, createBench } from '../fakes/bench.ts';
import { quietCall, type Orchestrator } from '../fakes/orchestrator.ts';

const bench = createBench();
const always = { policy: { approval: 'always' } } as const;
const discard = (task_id: string) => ({ task_id, discard: true, wait_seconds: 240 });
const calling = (consent: Consent): CallContext => ({ ...quietCall, consent });

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

/** What the person is asked, and the name of the plan behind it. */
async function askedBy(act: () => Promise<unknown>): Promise<ApprovalNeeded> {
  const error = await act().then(
    () => expect.fail('nobody was asked'),
    (reason: unknown) => reason,
  );
  return error instanceof ApprovalNeeded ? error : expect.fail(String(error));
}

function audit(): Record<string, unknown>[] {
  const text = readFileSync(join(bench.dir, 'audit', 'orchestrator_tasks_test.jsonl'), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
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
    await one.cancelTask(task_id);
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

describe('a discard', () => {
  it('waits for approval unless the policy says never, and stops nothing meanwhile', async () => {
    const one = await bench.start();
    const { task_id } = await one.startCapture(ask({ duration_seconds: 3000 }), quietCall);
    await one.checkTask(check(task_id, 10), quietCall);

    const asked = await one.approvedStop(discard(task_id), quietCall);
    const running = await one.checkTask(check(task_id, 1), quietCall);
    const gone = await one.approvedStop({ ...discard(task_id), plan_id: asked.approval?.plan_id }, quietCall);

    expect(asked).toMatchObject({ status: 'approval_required', task_id });
    expect(asked.approval?.question).toContain(running.capture_name);
    expect(running).toMatchObject({ status: 'task_pending', capture_status: 'Running' });
    expect(gone).toMatchObject({ status: 'task_cancelled', cleaned_up: true, approval: null });
    expect(audit().filter(({ event }) => event === 'discard_approved')).toMatchObject([
      { approved_by: 'plan_id' },
    ]);
  });

  it('of a plan that was used, or is of another task, is refused', async () => {
    const one = await bench.start();
    const first = await one.startCapture(ask({ duration_seconds: 3000 }), quietCall);
    const second = await one.startCapture(ask({ target: 'db-01', duration_seconds: 3000 }), quietCall);
    const plan_id = (await one.approvedStop(discard(first.task_id), quietCall)).approval?.plan_id;

    await expect(one.approvedStop({ ...discard(second.task_id), plan_id }, quietCall)).rejects.toMatchObject({
      code: 'PLAN_CHANGED',
    });
    await one.approvedStop({ ...discard(first.task_id), plan_id, wait_seconds: 0 }, quietCall);
    await expect(one.approvedStop({ ...discard(first.task_id), plan_id }, quietCall)).rejects.toMatchObject({
      code: 'PLAN_USED',
    });
  });

  it('asks the person who can be asked', async () => {
    const one = await bench.start();
    const { task_id } = await one.startCapture(ask({ duration_seconds: 3000 }), quietCall);

    const { planId } = await askedBy(() => one.approvedStop(discard(task_id), calling('can be asked')));
    const gone = await one.approvedStop({ ...discard(task_id), plan_id: planId }, calling('given'));

    expect(gone.status).toBe('task_cancelled');
    expect(audit().find(({ event }) => event === 'discard_approved')).toMatchObject({
      approved_by: 'elicitation',
    });
  });

  it('waits for nobody where nothing is thrown away: a stop, a task that is over, a policy that says never', async () => {
    const one = await bench.start();
    const two = await bench.start({ policy: { approval: 'never' } });
    const first = await one.startCapture(ask(), quietCall);
    const second = await one.startCapture(ask({ target: 'db-01', duration_seconds: 3000 }), quietCall);
    await one.checkTask(check(first.task_id), quietCall);

    const over = await one.approvedStop(discard(first.task_id), calling('can be asked'));
    const stopped = await one.approvedStop(
      { task_id: second.task_id, discard: false, wait_seconds: 60 },
      calling('can be asked'),
    );
    const third = await two.startCapture(ask({ target: 'x-01' }), quietCall);
    const gone = await two.approvedStop(discard(third.task_id), calling('can be asked'));

    expect(over).toMatchObject({ status: 'task_completed', next: expect.stringContaining('check_task') });
    expect(over).not.toHaveProperty('analysis');
    expect(stopped).toMatchObject({ stop_reason: 'Manual', approval: null });
    expect(gone.status).toBe('task_cancelled');
  });
});

/** A server with one capture of its own in Azure that belongs to no task. */
async function withOrphan(approval?: 'never') {
  const one = await bench.start(approval === undefined ? {} : { policy: { approval } });
  const name = `capwright-${one.store.deploymentId}-lost`;
  const { plan } = await bench.azure.cloud.preflight(
    {
      target: 'web-01',
      targetType: null,
      instances: { include: [], exclude: [] },
      ring: null,
      resourceGroup: 'rg',
      subscriptionId: null,
      locationHint: null,
      storageAccount: null,
      storageContainer: null,
      captureName: name,
      durationSeconds: 30,
      totalBytes: 0,
      bytesPerPacket: 0,
      filters: [],
    },
    quietCall.signal,
  );
  await bench.azure.cloud.ensureCapture(plan, quietCall.signal);
  const { plan_id } = await one.approvedCleanup({}, calling('can be asked'));
  return { one, name, plan_id: plan_id ?? expect.fail('nothing was found') };
}

describe('a cleanup', () => {
  it('is approved by its plan where nobody can be asked', async () => {
    const { one, plan_id } = await withOrphan();

    const view = await one.approvedCleanup({ plan_id }, quietCall);

    expect(view).toMatchObject({ applied: true, approved_by: 'plan_id' });
    expect(bench.azure.sessions.size).toBe(0);
  });

  it('asks the person who can be asked, item by item, and deletes nothing before they agree', async () => {
    const { one, name, plan_id } = await withOrphan();

    const { planId, question } = await askedBy(() =>
      one.approvedCleanup({ plan_id }, calling('can be asked')),
    );
    const left = bench.azure.sessions.size;
    const view = await one.approvedCleanup({ plan_id: planId }, calling('given'));

    expect(question).toContain(`delete azure_capture ${name}`);
    expect(left).toBe(1);
    expect(view).toMatchObject({ applied: true, approved_by: 'elicitation' });
    expect(bench.azure.sessions.size).toBe(0);
  });

  it('asks nobody where the policy says never', async () => {
    const { one, plan_id } = await withOrphan('never');

    expect(await one.approvedCleanup({ plan_id }, calling('can be asked'))).toMatchObject({
      applied: true,
      approved_by: 'policy',
    });
  });

  it('bothers no person with what the server may not do, or with a plan that is not there', async () => {
    const { plan_id } = await withOrphan();
    const two = await bench.start({ policy: { read_only: true } });

    await expect(two.approvedCleanup({ plan_id }, calling('can be asked'))).rejects.toMatchObject({
      code: 'POLICY_DENIED',
    });
    await expect(two.approvedCleanup({ plan_id: 'forged' }, calling('can be asked'))).rejects.toMatchObject({
      code: expect.stringMatching(/POLICY_DENIED|UNKNOWN_PLAN/),
    });
  });
});
