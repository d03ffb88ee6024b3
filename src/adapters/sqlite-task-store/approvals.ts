import type { DatabaseSync } from 'node:sqlite';
import { ApprovalPlan, PLAN_LIFE_MS } from '../../domain/approval.ts';
import type { TaskStore } from '../../ports.ts';
import type { Database } from './database.ts';
import { parseJson } from './rows.ts';

/** A plan is kept this much longer than it is good for, so that a late caller hears that it has expired. */
const KEPT_MS = 96 * PLAN_LIFE_MS;

/** What waits for approval. */
export function approvals(
  database: Database,
): Pick<TaskStore, 'saveApproval' | 'loadApproval' | 'useApproval'> {
  return {
    saveApproval: (plan) =>
      database.write((db) => {
        db.prepare('DELETE FROM approval WHERE created_at < ?').run(plan.createdAt - KEPT_MS);
        db.prepare('INSERT INTO approval (id, created_at, used, doc) VALUES (?, ?, 0, ?)').run(
          plan.id,
          plan.createdAt,
          JSON.stringify(plan),
        );
      }),
    loadApproval: (id) =>
      database.read((db) => {
        const row = db.prepare('SELECT * FROM approval WHERE id = ?').get(id);
        const plan = row === undefined ? undefined : ApprovalPlan.safeParse(parseJson(row['doc'])).data;
        return plan === undefined ? null : { ...plan, used: Number(row?.['used']) === 1 };
      }),
    useApproval: (id) => database.write((db) => useUp(db, id)),
  };
}

/** Uses an approval up, within the transaction of what it approves; false where it was used before or is not there. */
export function useUp(db: DatabaseSync, id: string): boolean {
  return db.prepare('UPDATE approval SET used = 1 WHERE id = ? AND used = 0').run(id).changes === 1;
}
