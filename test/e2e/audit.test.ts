import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAuditLog } from '../../src/adapters/jsonl-audit-log/audit-log.ts';
import { openLiveness } from '../../src/adapters/sqlite-task-store/liveness.ts';
import { openTaskStore } from '../../src/adapters/sqlite-task-store/store.ts';
import { sampleTask } from '../fakes/task.ts';
import { createHome } from './host.ts';
import { capwright } from './shell.ts';

let home: Awaited<ReturnType<typeof createHome>>;
let file: string;
beforeEach(async () => {
  home = await createHome();
  file = join(home.env.CAPWRIGHT_STATE_DIR, 'audit', 'orchestrator_tasks_test.jsonl');
  await Promise.all(['one', 'two'].map((id) => hinderedTask(home.env.CAPWRIGHT_STATE_DIR, id)));
});
afterEach(() => home.remove());

/** A task of some lines in the real store and the real audit, as one of several processes writes it. */
async function hinderedTask(dir: string, id: string): Promise<void> {
  const liveness = openLiveness(join(dir, 'owners'), id);
  const store = await openTaskStore({
    path: join(dir, 'capwright.db'),
    liveness,
    newDeploymentId: () => 'd',
  });
  const audit = createAuditLog(join(dir, 'audit'));
  const { plan, ...rest } = sampleTask({ id, sessionId: 'test' });
  await store.create(sampleTask({ ...rest, plan: { ...plan, vmId: `/vm/${id}` } }));
  for (const now of [1, 2, 3, 4]) {
    const failure = { code: 'AZURE_BUSY', message: 'Azure is busy.', next: 'Wait.' } as const;
    await store.record(id, 1, { type: 'hindered', failure, retryAt: now }, now);
    await store.exportJournal((lines) => audit.append(lines));
  }
  store.close();
  liveness.close();
}

const lines = (): string[] => readFileSync(file, 'utf8').trimEnd().split('\n');
const write = (kept: readonly string[]): void =>
  writeFileSync(file, kept.map((line) => `${line}\n`).join(''));

describe('capwright audit verify', () => {
  it('finds what was written intact, and says how much it looked at', async () => {
    const { code, stdout, stderr } = await capwright(['audit', 'verify', file], home.env);

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(new Set(lines().map((line) => JSON.parse(line).task_id)).size).toBe(2);
    expect(stdout).toBe(`intact: ${lines().length} lines of session test\nchecked against the journal\n`);
  });

  it('names the first bad line, as text and as one object', async () => {
    write(
      lines().map((line, index) => (index === 2 ? line.replace('Azure is busy', 'Azure is idle') : line)),
    );

    const text = await capwright(['audit', 'verify', file], home.env);
    const json = await capwright(['audit', 'verify', file, '--json'], home.env);

    expect([text.code, json.code]).toEqual([1, 1]);
    expect(text.stdout).toMatch(/^not intact: .+\nline 3 \(edited\): .+\n/);
    expect(JSON.parse(json.stdout)).toMatchObject({ intact: false, flaw: { line: 3, kind: 'edited' } });
  });

  it('names lines cut off the end, or says that no journal is there to tell', async () => {
    const last: { task_id: string; seq: number } = JSON.parse(lines().at(-1) ?? '');
    write(lines().slice(0, -1));

    const known = await capwright(['audit', 'verify', file], home.env);
    const elsewhere = join(home.env.HOME, 'elsewhere');
    const unknown = await capwright(['audit', 'verify', file, '--state-dir', elsewhere], home.env);

    expect(known.code).toBe(1);
    expect(known.stdout).toContain(`missing: task ${last.task_id}, seq ${last.seq}\n`);
    expect(unknown.code).toBe(0);
    expect(unknown.stdout).toContain('the end was not checked: the state directory holds no journal');
  });

  it('is not stopped by a journal that can not be read', async () => {
    const database = join(home.env.CAPWRIGHT_STATE_DIR, 'capwright.db');
    rmSync(database);
    writeFileSync(database, 'no database');

    const { code, stdout } = await capwright(['audit', 'verify', file], home.env);

    expect(code).toBe(0);
    expect(stdout).toContain('the end was not checked: the journal there can not be read');
  });

  it('answers a file that can not be read with one line, and wrong usage with the way to the help', async () => {
    const missing = await capwright(['audit', 'verify', join(home.env.HOME, 'none.jsonl')], home.env);
    const folder = await capwright(['audit', 'verify', home.env.HOME], home.env);

    for (const { code, stdout, stderr } of [missing, folder]) {
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(/^capwright: .+\n$/);
    }
    for (const args of [[], ['verify'], ['mend', file], ['verify', file, file], ['verify', file, '--fast']]) {
      const { code, stderr } = await capwright(['audit', ...args], home.env);
      expect(code, args.join(' ')).toBe(2);
      expect(stderr).toMatch(/^capwright: .+--help\n$/);
    }
  });
});
