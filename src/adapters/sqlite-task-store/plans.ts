import { z } from 'zod';
import { PlannedItem } from '../../domain/views.ts';
import type { StoredPlan, TaskStore } from '../../ports.ts';
import type { Database } from './database.ts';

/** Longer than any plan is valid, so that one that has expired is still known for what it is. */
const KEPT_MS = 86_400_000;

/** Cleanup plans as they were shown. */
export function plans(database: Database): Pick<TaskStore, 'savePlan' | 'loadPlan'> {
  return {
    savePlan: (plan) =>
      database.write((db) => {
        db.prepare('DELETE FROM cleanup_plan WHERE created_at < ?').run(plan.createdAt - KEPT_MS);
        db.prepare('INSERT INTO cleanup_plan (id, created_at, items) VALUES (?, ?, ?)').run(
          plan.id,
          plan.createdAt,
          JSON.stringify(plan.items),
        );
      }),
    loadPlan: (id): Promise<StoredPlan | null> =>
      database.read((db) => {
        const row = db.prepare('SELECT * FROM cleanup_plan WHERE id = ?').get(id);
        return row === undefined
          ? null
          : {
              id,
              createdAt: Number(row['created_at']),
              items: z.array(PlannedItem).parse(JSON.parse(String(row['items']))),
            };
      }),
  };
}
