import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { openLiveness } from '../../../src/adapters/sqlite-task-store/liveness.ts';
import { readSessionJournal } from '../../../src/adapters/sqlite-task-store/session-journal.ts';
import { openTaskStore } from '../../../src/adapters/sqlite-task-store/store.ts';
import { eachStateDir } from '../../fakes/state-dir.ts';
import { sampleTask } from '../../fakes/task.ts';

const dir = eachStateDir();
let path: string;
beforeEach(() => {
  path = join(dir.path, 'capwright.db');
});

async function openStore() {
  const liveness = openLiveness(join(dir.path, 'owners'), 'one');
  const store = await openTaskStore({ path, liveness, newDeploymentId: () => 'd' });
  const close = (): void => {
    store.close();
    liveness.close();
  };
  return { store, close };
}

function taskOf(sessionId: string) {
  const { plan, ...rest } = sampleTask({ id: `task-${sessionId}`, sessionId });
  return sampleTask({ ...rest, plan: { ...plan, vmId: `/vm/${sessionId}` } });
}

describe('the journal of one session', () => {
  it('holds the lines of that session alone, and says which were exported, while a server runs', async () => {
    const { store, close } = await openStore();
    await store.create(taskOf('a_b'));
    await store.exportJournal(() => {});
    await store.record('task-a_b', 1, { type: 'create_intended' }, 1);
    await store.create(taskOf('axb'));

    const journal = readSessionJournal(path, 'a_b');
    close();

    const lines = 'lines' in journal ? journal.lines : [];
    expect(lines.map(({ entry, exported }) => [entry.taskId, entry.seq, exported])).toEqual([
      ['task-a_b', 1, true],
      ['task-a_b', 2, false],
    ]);
  });

  it('is not made where there is none, and no session is made up', async () => {
    expect(readSessionJournal(path, 's')).toHaveProperty('unread');
    expect(existsSync(path)).toBe(false);

    const { store, close } = await openStore();
    await store.create(taskOf('a'));
    close();
    expect(readSessionJournal(path, 's')).toHaveProperty('unread');
  });
});
