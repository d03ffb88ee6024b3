import { join } from 'node:path';
import { createAuditLog } from '../../src/adapters/jsonl-audit-log/audit-log.ts';
import { openLiveness } from '../../src/adapters/sqlite-task-store/liveness.ts';
import { openTaskStore } from '../../src/adapters/sqlite-task-store/store.ts';
import type { Timing } from '../../src/domain/next-action.ts';
import type { Task } from '../../src/domain/task.ts';
import type { AuditLog, TaskStore } from '../../src/ports.ts';
import { sampleTask } from '../../test/fakes/task.ts';

/** Deadlines that no task of a benchmark comes near. */
export const TIMING: Timing = {
  pollMs: 5000,
  provisioningMs: 600_000,
  overdueMs: 120_000,
  stoppingMs: 600_000,
  blobMs: 600_000,
  lateMs: 60_000,
};

/** A task store and audit as a server opens them, in `folder`. */
export async function withStore<T>(
  folder: string,
  work: (store: TaskStore, audit: AuditLog) => Promise<T>,
): Promise<T> {
  const liveness = openLiveness(join(folder, 'owners'), crypto.randomUUID());
  const store = await openTaskStore({
    path: join(folder, 'capwright.db'),
    liveness,
    newDeploymentId: () => 'bench',
  });
  try {
    return await work(store, createAuditLog(join(folder, 'audit')));
  } finally {
    store.close();
    liveness.close();
  }
}

/** As many tasks as asked for, each on a machine of its own, the next a millisecond younger. */
export function manyTasks(count: number, change: Partial<Task> = {}): Task[] {
  const { plan } = sampleTask();
  return Array.from({ length: count }, (_, n) =>
    sampleTask({
      id: `task-${n}`,
      sessionId: 'bench',
      createdAt: n,
      plan: { ...plan, vmId: `${plan.vmId}-${n}`, vmName: `vm-${n}`, captureName: `capwright-bench-${n}` },
      ...change,
    }),
  );
}
