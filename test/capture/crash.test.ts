import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { StartCaptureInput } from '../../src/domain/inputs.ts';
import { createVerifyAudit } from '../../src/adapters/jsonl-audit-log/verify-audit.ts';
import { readSessionJournal } from '../../src/adapters/sqlite-task-store/session-journal.ts';
import type { TaskStore } from '../../src/ports.ts';
import { createFakeClock } from '../fakes/clock.ts';
import { createFakeCloud } from '../fakes/cloud.ts';
import { openOrchestrator, quietCall } from '../fakes/orchestrator.ts';
import { stateDir } from '../fakes/state-dir.ts';

const request = StartCaptureInput.parse({
  target: 'web-01',
  resource_group: 'rg',
  duration_seconds: 10,
  request_id: 'r',
});

/** Stands for the death of the process at one point: nothing after it happens in this life. */
function createDeath(at: number) {
  let count = 0;
  let dead = false;
  const never = new Promise<never>(() => {});
  return {
    isDead: () => dead,
    /** True from the fatal point on. */
    reached: (): boolean => {
      count += 1;
      dead ||= count === at;
      return dead;
    },
    never,
  };
}
type Death = ReturnType<typeof createDeath>;

/** Every method of a port may be the one during which the process dies: before it acts, or after and unheard. */
function mortal<T extends object>(port: T, death: Death, only: readonly string[]): T {
  return new Proxy(port, {
    get: (target, name, receiver) => {
      const method: unknown = Reflect.get(target, name, receiver);
      if (typeof method !== 'function' || !only.includes(String(name))) {
        return method;
      }
      return async (...args: unknown[]) => {
        if (death.reached()) {
          return death.never;
        }
        const result: unknown = await method.apply(target, args);
        return death.reached() ? death.never : result;
      };
    },
  });
}

/** Inside a transaction the process can't hang; a throw rolls it back as its death would. */
function dieInside(death: Death, calls: readonly string[]): void {
  if (calls.includes('exportJournal') && death.reached()) {
    throw new Error('the process is dead');
  }
}

const CLOUD_CALLS = [
  'ensureCapture',
  'readCapture',
  'stopCapture',
  'deleteCapture',
  'captureBlobs',
  'blobSize',
  'downloadBlob',
  'deleteBlob',
];
const STORE_CALLS = ['createAll', 'record', 'claim', 'exportJournal'];

interface Life {
  request: StartCaptureInput;
  deleteBlobs: boolean;
  /** Calls at which the process may die. */
  calls: readonly string[];
}

/** One machine, with a death at every call there is. */
const ONE: Life = { request, deleteBlobs: false, calls: [...CLOUD_CALLS, ...STORE_CALLS] };
/** Three machines and blobs that go, with a death at every call to the cloud. */
const MANY: Life = {
  request: { ...request, target_type: 'AzureVMSS' },
  deleteBlobs: true,
  calls: CLOUD_CALLS,
};

async function lifeWithDeathAt(
  point: number,
  { request: asking, deleteBlobs, calls }: Life,
): Promise<boolean> {
  const dir = stateDir();
  const clock = createFakeClock();
  const azure = createFakeCloud(clock);
  const death = createDeath(point);
  const first = await openOrchestrator({
    dir: dir.path,
    clock,
    deleteBlobs,
    cloud: mortal(azure.cloud, death, calls),
    wrapAudit: (audit) => ({
      append: (lines) => {
        dieInside(death, calls);
        audit.append(lines);
        dieInside(death, calls);
      },
    }),
    wrapStore: (store: TaskStore) => mortal(store, death, calls),
  });
  const asked = first
    .startCapture(asking, quietCall)
    .then(({ task_id }) => first.checkTask({ task_id, wait_seconds: 240 }, quietCall));
  await Promise.race([asked, clock.sleep(600_000)]);
  const died = death.isDead();
  await first.abandon();

  const second = await openOrchestrator({ dir: dir.path, clock, cloud: azure.cloud });
  second.driver.start();
  const again = await second.startCapture(asking, quietCall);
  await clock.sleep(300_000);
  const ended = await second.checkTask({ task_id: again.task_id, wait_seconds: 240 }, quietCall);

  expect(ended.status, `death at ${point}`).toBe('task_completed');
  expect(azure.creations, `death at ${point}`).toEqual([ended.capture_name]);
  expect(azure.seen.mostPerVm).toBe(1);
  expect(azure.sessions.size, `death at ${point}`).toBe(0);
  expect(ended.files, `death at ${point}`).toHaveLength(asking.target_type === 'AzureVMSS' ? 3 : 1);
  expect(azure.blobs.size, `death at ${point}`).toBe(deleteBlobs ? 0 : 1);
  expectWholeAudit(dir.path, (await second.store.journal(ended.task_id)).length);
  expect(await auditVerdict(dir.path), `death at ${point}`).toMatchObject({
    intact: true,
    journal: { checked: true },
  });
  await second.die();
  dir.remove();
  return died;
}

function auditVerdict(dir: string) {
  const verify = createVerifyAudit(async (session) => readSessionJournal(join(dir, 'capwright.db'), session));
  return verify(join(dir, 'audit', 'orchestrator_tasks_test.jsonl'), quietCall.signal);
}

function expectWholeAudit(dir: string, length: number): void {
  const lines = readFileSync(join(dir, 'audit', 'orchestrator_tasks_test.jsonl'), 'utf8')
    .trimEnd()
    .split('\n');
  expect(lines.map((line) => JSON.parse(line).seq)).toEqual(Array.from({ length }, (_, index) => index + 1));
}

describe('a process that dies', { timeout: 300_000 }, () => {
  it.each([
    ['to the cloud or the store', ONE, 40],
    ['to the cloud for a scale set', MANY, 20],
  ])(
    'at any call %s leaves one capture, one task, a whole audit and nothing in Azure',
    async (_at, life, fewest) => {
      let point = 1;
      while (await lifeWithDeathAt(point, life)) {
        point += 1;
      }

      expect(point).toBeGreaterThan(fewest);
    },
  );
});
