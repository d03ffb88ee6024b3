import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../src/adapters/jsonl-audit-log/audit-line.ts';
import { createChainCheck } from '../../src/domain/audit-chain.ts';
import { TASK_STATES, type Task } from '../../src/domain/task.ts';
import { check } from '../fakes/bench.ts';
import { createFakeClock } from '../fakes/clock.ts';
import { createFakeCloud } from '../fakes/cloud.ts';
import { openOrchestrator, quietCall } from '../fakes/orchestrator.ts';
import { eachStateDir } from '../fakes/state-dir.ts';

/** Made by test/fixtures/leave-state.ts with the code of that commit. */
const LEFT = join(import.meta.dirname, '..', 'fixtures', 'left-by-0fc9947');
const AUDIT = 'orchestrator_tasks_earlier.jsonl';
const HOURS = 36_000_000;

const dir = eachStateDir();

/** What a task's row says comes with our paths; the journal stays as it was, for the audit holds the same. */
function loadLeft(): void {
  const db = new DatabaseSync(join(dir.path, 'capwright.db'));
  db.exec(readFileSync(join(LEFT, 'state.sql'), 'utf8'));
  db.prepare("UPDATE task SET doc = replace(doc, '@STATE@', ?)").run(dir.path);
  db.close();
  ['audit', 'captures'].forEach((name) => mkdirSync(join(dir.path, name)));
  copyFileSync(join(LEFT, 'audit.jsonl'), join(dir.path, 'audit', AUDIT));
}

/** Azure as those tasks left it: sessions, and the files of those that are over. */
function azureOf(tasks: readonly Task[]) {
  const clock = createFakeClock(Date.UTC(2026, 0, 1) + HOURS);
  const azure = createFakeCloud(clock);
  const live = ['capturing', 'stopping', 'downloading', 'cleaning'];
  for (const { plan, state } of tasks.filter((task) => live.includes(task.state))) {
    azure.sessions.set(plan.captureName, {
      plan,
      startedAt: clock.now() - HOURS,
      stoppedAt: state === 'capturing' ? null : clock.now(),
      delivered: false,
    });
  }
  for (const { file } of tasks.flatMap(filesOnDisk)) {
    writeFileSync(file, azure.knobs.content);
  }
  return { clock, azure };
}

function filesOnDisk(task: Task): { file: string }[] {
  return ['cleaning', 'analyzing', 'completed'].includes(task.state)
    ? [{ file: join(dir.path, 'captures', `${task.id}.cap`) }]
    : [];
}

function auditLines(): string[] {
  return readFileSync(join(dir.path, 'audit', AUDIT), 'utf8')
    .trimEnd()
    .split('\n');
}

async function leftTasks(): Promise<Task[]> {
  const idle = createFakeClock();
  const reader = await openOrchestrator({ dir: dir.path, clock: idle, cloud: createFakeCloud(idle).cloud });
  const query = { limit: 50, cursor: null, states: [], vm: null, sessionId: null };
  const { tasks, unreadable } = await reader.store.page(query);
  await reader.die();
  expect(unreadable).toEqual([]);
  return tasks;
}

describe('a state directory that an earlier version left with a task in every state', () => {
  it('is read whole, and every task of it driven to its end', async () => {
    loadLeft();
    const before = auditLines().length;
    const tasks = await leftTasks();
    const { clock, azure } = azureOf(tasks);
    const server = await openOrchestrator({ dir: dir.path, clock, cloud: azure.cloud });
    server.driver.start();

    const ends = new Map<string, string>();
    for (const { id } of tasks) {
      const view = await server.checkTask(check(id, 2000), quietCall);
      ends.set(id, view.state);
    }
    await server.die();

    expect(new Set(tasks.map(({ state }) => state))).toEqual(new Set(TASK_STATES));
    expect(Object.fromEntries(ends)).toEqual({
      requested: 'completed',
      provisioning: 'timed_out',
      capturing: 'completed',
      stopping: 'completed',
      downloading: 'completed',
      cleaning: 'completed',
      'cleaning-hindered': 'completed',
      'cleaning-cancelled': 'cancelled',
      analyzing: 'completed',
      completed: 'completed',
      failed: 'failed',
      cancelled: 'cancelled',
      timed_out: 'timed_out',
    });
    expect(azure.sessions.size).toBe(0);
    const lines = auditLines();
    const checkLine = createChainCheck(sha256, 'earlier');
    expect(before).toBeGreaterThan(50);
    expect(lines.length).toBeGreaterThan(before + 20);
    expect(lines.flatMap((line) => checkLine(line).flaw ?? [])).toEqual([]);
  });
});

describe('a state directory that a newer version left', () => {
  it('is refused with what helps, and stays as it was', async () => {
    const clock = createFakeClock();
    const { cloud } = createFakeCloud(clock);
    const path = join(dir.path, 'capwright.db');
    await (await openOrchestrator({ dir: dir.path, clock, cloud })).die();
    const db = new DatabaseSync(path);
    db.exec('PRAGMA user_version = 99');
    db.close();
    const before = sha256(readFileSync(path, 'latin1'));

    await expect(openOrchestrator({ dir: dir.path, clock, cloud })).rejects.toMatchObject({
      code: 'STATE_UNAVAILABLE',
      message: expect.stringContaining('newer Capwright'),
      next: expect.stringContaining('Run that newer version'),
    });
    expect(sha256(readFileSync(path, 'latin1'))).toBe(before);
  });
});
