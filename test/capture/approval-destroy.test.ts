import { describe, expect, it } from 'vitest';
import { askedBy, auditLines, calling } from '../fakes/approval.ts';
import { ask, check, createBench } from '../fakes/bench.ts';
import { quietCall } from '../fakes/orchestrator.ts';

const bench = createBench();
const audit = () => auditLines(bench.dir);
const discard = (task_id: string) => ({ task_id, discard: true, wait_seconds: 240 });

describe('a discard', () => {
  it('waits for approval unless the policy says never, and stops nothing meanwhile', async () => {
    const one = await bench.start();
    const { task_id } = await one.startCapture(ask({ duration_seconds: 3000 }), quietCall);
    await one.checkTask(check(task_id, 10), quietCall);

    const asked = await one.stopCapture(discard(task_id), quietCall);
    const running = await one.checkTask(check(task_id, 1), quietCall);
    const gone = await one.stopCapture({ ...discard(task_id), plan_id: asked.approval?.plan_id }, quietCall);

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
    const plan_id = (await one.stopCapture(discard(first.task_id), quietCall)).approval?.plan_id;

    await expect(one.stopCapture({ ...discard(second.task_id), plan_id }, quietCall)).rejects.toMatchObject({
      code: 'PLAN_CHANGED',
    });
    await one.stopCapture({ ...discard(first.task_id), plan_id, wait_seconds: 0 }, quietCall);
    await expect(one.stopCapture({ ...discard(first.task_id), plan_id }, quietCall)).rejects.toMatchObject({
      code: 'PLAN_USED',
    });
  });

  it('asks the person who can be asked', async () => {
    const one = await bench.start();
    const { task_id } = await one.startCapture(ask({ duration_seconds: 3000 }), quietCall);

    const { planId } = await askedBy(() => one.stopCapture(discard(task_id), calling('can be asked')));
    const gone = await one.stopCapture({ ...discard(task_id), plan_id: planId }, calling('given'));

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

    const over = await one.stopCapture(discard(first.task_id), calling('can be asked'));
    const stopped = await one.stopCapture(
      { task_id: second.task_id, discard: false, wait_seconds: 60 },
      calling('can be asked'),
    );
    const third = await two.startCapture(ask({ target: 'x-01' }), quietCall);
    const gone = await two.stopCapture(discard(third.task_id), calling('can be asked'));

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
  const { plan_id } = await one.cleanupOrphans({}, calling('can be asked'));
  return { one, name, plan_id: plan_id ?? expect.fail('nothing was found') };
}

describe('a cleanup', () => {
  it('is approved by its plan where nobody can be asked', async () => {
    const { one, plan_id } = await withOrphan();

    const view = await one.cleanupOrphans({ plan_id }, quietCall);

    expect(view).toMatchObject({ applied: true, approved_by: 'plan_id' });
    expect(bench.azure.sessions.size).toBe(0);
  });

  it('asks the person who can be asked, item by item, and deletes nothing before they agree', async () => {
    const { one, name, plan_id } = await withOrphan();

    const { planId, question } = await askedBy(() =>
      one.cleanupOrphans({ plan_id }, calling('can be asked')),
    );
    const left = bench.azure.sessions.size;
    const view = await one.cleanupOrphans({ plan_id: planId }, calling('given'));

    expect(question).toContain(`delete azure_capture ${name}`);
    expect(left).toBe(1);
    expect(view).toMatchObject({ applied: true, approved_by: 'elicitation' });
    expect(bench.azure.sessions.size).toBe(0);
  });

  it('asks nobody where the policy says never', async () => {
    const { one, plan_id } = await withOrphan('never');

    expect(await one.cleanupOrphans({ plan_id }, calling('can be asked'))).toMatchObject({
      applied: true,
      approved_by: 'policy',
    });
  });

  it('bothers no person with what the server may not do, or with a plan that is not there', async () => {
    const { plan_id } = await withOrphan();
    const two = await bench.start({ policy: { read_only: true } });

    await expect(two.cleanupOrphans({ plan_id }, calling('can be asked'))).rejects.toMatchObject({
      code: 'POLICY_DENIED',
    });
    await expect(two.cleanupOrphans({ plan_id: 'forged' }, calling('can be asked'))).rejects.toMatchObject({
      code: expect.stringMatching(/POLICY_DENIED|UNKNOWN_PLAN/),
    });
  });
});
