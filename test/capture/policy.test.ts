import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createArtefacts } from '../../src/adapters/local-files/artefacts.ts';
import { createAnalyzePcap } from '../../src/capture/analyze-pcap.ts';
import { createGuardrails } from '../../src/capture/guardrails.ts';
import type { Policy } from '../../src/domain/policy.ts';
import { ask, check, createBench } from '../fakes/bench.ts';
import { quietCall } from '../fakes/orchestrator.ts';

const bench = createBench();
const HOUR = 3_600_000;
const denied = (rule: string) => ({ code: 'POLICY_DENIED', message: expect.stringContaining(rule) });

const started = (): boolean => bench.azure.creations.length > 0;

describe('a dry run', () => {
  it('answers what was found and the request, and creates and stores nothing', async () => {
    const one = await bench.start();
    one.driver.start();

    const view = await one.planCapture(ask({ request_id: 'r' }), quietCall);
    await bench.clock.sleep(60_000);

    expect(view).toMatchObject({
      status: 'dry_run',
      task_id: null,
      plan: { request: { method: 'PUT', body: { properties: { timeLimitInSeconds: 30 } } } },
    });
    expect(view.plan?.checks.map(({ name }) => name)).toEqual(['vm', 'policy']);
    expect(bench.azure.seen.calls).toEqual(['preflight']);
    expect(await one.store.active()).toEqual([]);
    expect(await one.store.byRequest('r')).toBeNull();
  });

  it('is refused where the capture would be', async () => {
    const one = await bench.start({ policy: { max_duration_seconds: 10 } });
    const two = await bench.start();
    await two.startCapture(ask(), quietCall);

    await expect(one.planCapture(ask(), quietCall)).rejects.toMatchObject(denied('max_duration_seconds'));
    await expect(two.planCapture(ask(), quietCall)).rejects.toMatchObject({ code: 'VM_BUSY' });
  });

  it('still plans on a read-only server, and says that a start would be denied', async () => {
    const one = await bench.start({ policy: { read_only: true } });

    const { plan } = await one.planCapture(ask(), quietCall);

    expect(plan?.checks.at(-1)).toEqual({ name: 'policy', detail: expect.stringContaining('denied') });
    await expect(one.startCapture(ask(), quietCall)).rejects.toMatchObject(denied('read_only'));
  });
});

describe('a policy', () => {
  it.each<[keyof Policy, Policy, Record<string, unknown>]>([
    ['read_only', { read_only: true }, {}],
    ['max_duration_seconds', { max_duration_seconds: 29 }, {}],
    ['max_bytes', { max_bytes: 1000 }, {}],
    ['disk_quota_bytes', { disk_quota_bytes: 1000 }, {}],
    ['resource_groups', { resource_groups: ['other'] }, {}],
    ['subscriptions', { subscriptions: ['s1'] }, { subscription_id: 's2' }],
    [
      'subscriptions',
      { subscriptions: ['s1'] },
      { target: '/subscriptions/s2/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/web-01' },
    ],
  ])('denies by %s before Azure is asked anything', async (rule, policy, change) => {
    const one = await bench.start({ policy });
    one.driver.start();

    await expect(one.startCapture(ask(change), quietCall)).rejects.toMatchObject(denied(rule));

    expect(bench.azure.seen.calls).toEqual([]);
    expect(await one.store.active()).toEqual([]);
  });

  it.each<[keyof Policy, Policy]>([
    ['subscriptions', { subscriptions: ['s1'] }],
    ['vm_tags', { vm_tags: { capture: 'allowed' } }],
  ])('denies by %s what only Azure could tell, with nothing stored or created', async (rule, policy) => {
    const one = await bench.start({ policy });
    one.driver.start();

    await expect(one.startCapture(ask(), quietCall)).rejects.toMatchObject(denied(rule));
    await bench.clock.sleep(60_000);

    expect(await one.store.active()).toEqual([]);
    expect(started()).toBe(false);
  });

  it('lets a VM be captured that has the tags', async () => {
    bench.azure.knobs.vmTags = { Capture: 'allowed', other: 'x' };
    const one = await bench.start({ policy: { vm_tags: { capture: 'allowed' } } });

    expect((await one.startCapture(ask(), quietCall)).status).toBe('task_pending');
  });

  it('counts captures at once, and lets the next one go when one is over', async () => {
    const one = await bench.start({ policy: { max_concurrent_captures: 1 } });
    one.driver.start();
    const { task_id } = await one.startCapture(ask(), quietCall);

    await expect(one.startCapture(ask({ target: 'web-02' }), quietCall)).rejects.toMatchObject(
      denied('max_concurrent_captures'),
    );
    await one.checkTask(check(task_id), quietCall);

    expect((await one.startCapture(ask({ target: 'web-02' }), quietCall)).status).toBe('task_pending');
  });

  it('lets no two calls slip through together, in one server or in two', async () => {
    const policy = { max_concurrent_captures: 1 };
    const one = await bench.start({ policy });
    const two = await bench.start({ policy });

    const answers = await Promise.allSettled(
      [one, two, one, two].map((server, n) => server.startCapture(ask({ target: `vm-${n}` }), quietCall)),
    );

    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await one.store.active()).toHaveLength(1);
  });

  it('counts captures in any 24 hours, whatever became of them', async () => {
    const one = await bench.start({ policy: { max_captures_per_day: 1 } });
    const first = await one.startCapture(ask({ request_id: 'r' }), quietCall);
    await one.discard(first.task_id);
    await one.checkTask(check(first.task_id), quietCall);
    await bench.clock.sleep(23 * HOUR);

    await expect(one.startCapture(ask(), quietCall)).rejects.toMatchObject(denied('max_captures_per_day'));
    expect((await one.startCapture(ask({ request_id: 'r' }), quietCall)).task_id).toBe(first.task_id);
    await bench.clock.sleep(2 * HOUR);

    expect((await one.startCapture(ask(), quietCall)).status).toBe('task_pending');
  });

  it('reckons with the captures on disk and the caps of those to come', async () => {
    const one = await bench.start({ policy: { disk_quota_bytes: 10_000 } });
    mkdirSync(join(bench.dir, 'captures'));
    writeFileSync(join(bench.dir, 'captures', 'old.cap'), Buffer.alloc(3000));
    await one.startCapture(ask({ max_bytes: 5000 }), quietCall);

    await expect(
      one.startCapture(ask({ target: 'web-02', max_bytes: 2001 }), quietCall),
    ).rejects.toMatchObject(denied('8000 held already and 2001'));
    expect((await one.startCapture(ask({ target: 'web-02', max_bytes: 2000 }), quietCall)).status).toBe(
      'task_pending',
    );
  });
});

/** analyze_pcap over one capture of 900 bytes on disk, up to where the analysis would begin. */
async function analyzeBlob(policy: Policy, bytes: number): Promise<unknown> {
  const { store } = await bench.start();
  const { cloud, blobs } = bench.azure;
  const artefacts = createArtefacts(bench.dir);
  writeFileSync(artefacts.capturePath('old'), Buffer.alloc(900));
  blobs.set(BLOB, Buffer.alloc(bytes));
  const analyzePcap = createAnalyzePcap({
    store,
    cloud,
    artefacts,
    guardrails: createGuardrails({ policy, store, artefacts, clock: bench.clock }),
    runAnalysis: () => Promise.reject(new Error('analysing')),
    runTaskAnalysis: () => Promise.reject(new Error('analysing')),
    newAnalysisId: () => 'a',
    maxCaptureBytes: 1e9,
  });
  return analyzePcap({ blob_url: BLOB, llm: 'off', verify: false }, quietCall);
}
const BLOB = 'https://acct.blob.core.windows.net/captures/x.cap';

describe('a blob that is to be analysed', () => {
  it('is not downloaded where it does not fit the disk quota', async () => {
    await expect(analyzeBlob({ disk_quota_bytes: 1000 }, 101)).rejects.toMatchObject(
      denied('disk_quota_bytes'),
    );
    expect(bench.azure.seen.calls).toEqual(['blobSize']);
  });

  it.each<[string, Policy, string[]]>([
    ['that fits is', { disk_quota_bytes: 1000 }, ['blobSize', 'downloadBlob']],
    ['is, unasked for its size, where there is no quota', { max_bytes: 1 }, ['downloadBlob']],
  ])('%s', async (_what, policy, calls) => {
    await expect(analyzeBlob(policy, 100)).rejects.toThrow('analysing');
    expect(bench.azure.seen.calls).toEqual(calls);
  });
});

/** A capture and results that were last touched so many days ago. */
function plant(id: string, days: number): void {
  const capture = join(bench.dir, 'captures', `${id}.cap`);
  const results = join(bench.dir, 'tasks', id);
  mkdirSync(join(bench.dir, 'captures'), { recursive: true });
  mkdirSync(results, { recursive: true });
  writeFileSync(capture, 'x');
  writeFileSync(join(results, 'report.md'), 'x');
  const at = Date.now() / 1000 - days * 86_400;
  [capture, results].forEach((path) => utimesSync(path, at, at));
}

describe('retention', () => {
  it('is proposed and carried out like any cleanup, and takes nothing younger', async () => {
    plant('old', 31);
    plant('young', 29);
    const one = await bench.start({ policy: { retention_days: 30 } });

    const plan = await one.cleanupOrphans({}, quietCall);
    const before = readdirSync(join(bench.dir, 'tasks'));
    await one.cleanupOrphans({ plan_id: plan.plan_id ?? '' }, quietCall);

    expect(plan.items).toMatchObject([
      { kind: 'temporary_file', name: join(bench.dir, 'captures', 'old.cap'), action: 'delete' },
      { kind: 'temporary_file', name: join(bench.dir, 'tasks', 'old'), action: 'delete' },
    ]);
    expect(before).toEqual(['old', 'young']);
    expect(readdirSync(join(bench.dir, 'tasks'))).toEqual(['young']);
    expect(readdirSync(join(bench.dir, 'captures'))).toEqual(['young.cap']);
  });

  it('keeps everything where the policy says nothing of it', async () => {
    plant('old', 3000);
    const one = await bench.start();

    expect((await one.cleanupOrphans({}, quietCall)).items).toEqual([]);
  });

  it('leaves the files of a task alone that is at work', async () => {
    const one = await bench.start({ policy: { retention_days: 30 } });
    const { task_id } = await one.startCapture(ask(), quietCall);
    plant(task_id, 31);

    expect((await one.cleanupOrphans({}, quietCall)).items).toEqual([]);
  });

  it('is carried out by no read-only server, which still shows the plan', async () => {
    plant('old', 31);
    const one = await bench.start({ policy: { retention_days: 30, read_only: true } });

    const { plan_id } = await one.cleanupOrphans({}, quietCall);

    await expect(one.cleanupOrphans({ plan_id: plan_id ?? '' }, quietCall)).rejects.toMatchObject(
      denied('read_only'),
    );
    expect(readdirSync(join(bench.dir, 'captures'))).toEqual(['old.cap']);
  });
});
