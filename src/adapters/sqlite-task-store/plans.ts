import { z } from 'zod';
import { OrphanItem } from '../../domain/views.ts';
import type { StoredPlan, TaskStore } from '../../ports.ts';
import type { Database } from './database.ts';

/** Cleanup plans as they were shown. */
export function plans(database: Database): Pick<TaskStore, 'savePlan' | 'loadPlan'> {
  return {
    savePlan: (plan) =>
      database.write((db) => {
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
              items: z.array(OrphanItem).parse(JSON.parse(String(row['items']))),
            };
      }),
  };
}
