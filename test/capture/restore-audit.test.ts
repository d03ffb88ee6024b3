import { appendFileSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createVerifyAudit } from '../../src/adapters/jsonl-audit-log/verify-audit.ts';
import { readSessionJournal } from '../../src/adapters/sqlite-task-store/session-journal.ts';
import type { Log } from '../../src/ports.ts';
import { ask, check, createBench } from '../fakes/bench.ts';
import { quietCall } from '../fakes/orchestrator.ts';

const bench = createBench();
const fileOf = (): string => join(bench.dir, 'audit', 'orchestrator_tasks_test.jsonl');
const linesOf = (): string[] => readFileSync(fileOf(), 'utf8').trimEnd().split('\n');
const verify = () =>
  createVerifyAudit(async (session) => readSessionJournal(join(bench.dir, 'capwright.db'), session))(
    fileOf(),
    new AbortController().signal,
  );

/** A task that was brought to its end; `restore` starts a server on what it left, and gives it the time to look. */
async function ended() {
  const told: unknown[] = [];
  const log: Log = (_level, message, fields) => {
    if (message.startsWith('an audit file had lost lines')) {
      told.push(fields?.['lines']);
    }
  };
  const one = await bench.start();
  const { task_id } = await one.startCapture(ask(), quietCall);
  await one.checkTask(check(task_id), quietCall);
  const restore = async (): Promise<void> => {
    const two = await bench.start({ log });
    two.driver.start();
    await bench.clock.sleep(3000);
  };
  return { whole: readFileSync(fileOf(), 'utf8'), restore, told };
}

describe('an audit file', () => {
  it.each([
    ['is removed', () => rmSync(join(bench.dir, 'audit'), { recursive: true })],
    ['is cut', () => truncateSync(fileOf(), 10)],
    [
      'is replaced',
      () => {
        writeFileSync(`${fileOf()}.new`, readFileSync(fileOf()).subarray(0, 4000));
        renameSync(`${fileOf()}.new`, fileOf());
      },
    ],
  ])('that %s under a server gets all its lines again', async (_what, harm) => {
    const one = await bench.start();
    one.driver.start();
    const first = await one.startCapture(ask(), quietCall);
    await one.checkTask(check(first.task_id), quietCall);
    const count = linesOf().length;
    harm();
    const { task_id } = await one.startCapture(ask(), quietCall);
    await one.checkTask(check(task_id), quietCall);
    await bench.clock.sleep(3000);

    expect(linesOf()).toHaveLength(2 * count);
    expect((await verify()).journal.missing).toEqual([]);
  });

  it('that was left as it is has nothing done to it', async () => {
    const { whole, restore, told } = await ended();

    await restore();

    expect(told).toEqual([]);
    expect(readFileSync(fileOf(), 'utf8')).toBe(whole);
    expect(await verify()).toMatchObject({ intact: true });
  });

  it.each([
    [
      'lost its last lines',
      (whole: string) => writeFileSync(fileOf(), `${whole.split('\n').slice(0, 2).join('\n')}\n`),
    ],
    ['was torn', (whole: string) => truncateSync(fileOf(), whole.length - 7)],
    ['was emptied', () => writeFileSync(fileOf(), '')],
    ['was removed', () => rmSync(fileOf())],
    ['was removed with its folder', () => rmSync(join(bench.dir, 'audit'), { recursive: true })],
  ])('that %s is found wanting, and is the same again after a start', async (_what, harm) => {
    const { whole, restore } = await ended();
    harm(whole);
    const before = await verify().catch(() => ({ intact: false }));

    await restore();

    expect(before.intact).toBe(false);
    expect(readFileSync(fileOf(), 'utf8')).toBe(whole);
    expect(await verify()).toMatchObject({ intact: true });
  });

  it('from whose middle a line was taken keeps the sign of it, and loses nothing for good', async () => {
    const { restore, told } = await ended();
    const lines = linesOf();
    writeFileSync(fileOf(), `${[...lines.slice(0, 2), ...lines.slice(3, -1)].join('\n')}\n`);

    await restore();

    expect(told).toEqual([2]);
    expect(new Set(linesOf().map((line) => JSON.parse(line).seq)).size).toBe(lines.length);
    expect(await verify()).toMatchObject({ intact: false, flaw: { line: 3, kind: 'out_of_place' } });
  });

  it('to which somebody added keeps the sign of it', async () => {
    const { restore } = await ended();
    const count = linesOf().length;
    appendFileSync(fileOf(), `${linesOf()[0]}\n`);

    await restore();

    expect(await verify()).toMatchObject({ intact: false, flaw: { line: count + 1, kind: 'out_of_place' } });
  });
});
