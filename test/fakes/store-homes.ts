import { join } from 'node:path';
import { openLiveness } from '../../src/adapters/sqlite-task-store/liveness.ts';
import { openTaskStore } from '../../src/adapters/sqlite-task-store/store.ts';
import type { TaskStore } from '../../src/ports.ts';
import { createMemoryTables } from './memory-tables.ts';
import { openMemoryTaskStore } from './memory-task-store.ts';
import { stateDir } from './state-dir.ts';

/** A state directory in which stores of several processes are opened by name; `close` of a store is its death. */
export interface StoreHome {
  open(name: string): Promise<TaskStore>;
  remove(): void;
}

/** On SQLite, in a file. */
export function sqliteHome(): StoreHome {
  const dir = stateDir();
  const path = join(dir.path, 'capwright.db');
  return {
    open: async (name) => {
      const liveness = openLiveness(join(dir.path, 'owners'), name);
      const store = await openTaskStore({ path, liveness, newDeploymentId: () => 'home' });
      return {
        ...store,
        close: () => {
          store.close();
          liveness.close();
        },
      };
    },
    remove: () => dir.remove(),
  };
}

/** As simulations have it. */
export function memoryHome(): StoreHome {
  const tables = createMemoryTables('home');
  return { open: async (name) => openMemoryTaskStore(tables, name), remove: () => undefined };
}
