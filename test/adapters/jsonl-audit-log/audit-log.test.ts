import { appendFileSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createAuditLog } from '../../../src/adapters/jsonl-audit-log/audit-log.ts';
import { createVerifyAudit } from '../../../src/adapters/jsonl-audit-log/verify-audit.ts';
import type { Journal } from '../../../src/domain/task.ts';
import { eachStateDir } from '../../fakes/state-dir.ts';
import { sampleTask } from '../../fakes/task.ts';

const dir = eachStateDir();

const fileOf = (session: string): string => join(dir.path, `orchestrator_tasks_${session}.jsonl`);

function lines(count: number, context = 'why', session = 's'): Journal[] {
  const task = sampleTask({ sessionId: session, investigationContext: context, parameters: { context } });
  return Array.from({ length: count }, (_, index) => ({
    taskId: task.id,
    seq: index + 1,
    at: index,
    event: { type: 'accepted' },
    task,
  }));
}

function seqs(session = 's'): unknown[] {
  const content = readFileSync(fileOf(session), 'utf8');
  return content
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).seq);
}

describe('the audit file', () => {
  it('is one per session, private, and in order', () => {
    createAuditLog(dir.path).append([...lines(2, 'why', 'a'), ...lines(1, 'why', 'b')]);

    expect(seqs('a')).toEqual([1, 2]);
    expect(seqs('b')).toEqual([1]);
    expect(statSync(fileOf('a')).mode & 0o777).toBe(0o600);
  });

  it('holds each line once when an export is repeated, by the same process or by the next', () => {
    const audit = createAuditLog(dir.path);
    audit.append(lines(2));
    audit.append(lines(3));
    createAuditLog(dir.path).append(lines(4));

    expect(seqs()).toEqual([1, 2, 3, 4]);
  });

  it('is the same chain where two processes write by turns, and where the file was replaced or removed', () => {
    const [one, two] = [createAuditLog(dir.path), createAuditLog(dir.path)];
    one.append(lines(9));
    const inOneGo = readFileSync(fileOf('s'), 'utf8');
    rmSync(fileOf('s'));
    for (let count = 1; count <= 9; count += 1) {
      (count % 3 === 0 ? two : one).append(lines(count));
      if (count === 5) {
        const content = readFileSync(fileOf('s'));
        rmSync(fileOf('s'));
        writeFileSync(fileOf('s'), content);
      }
    }

    expect(readFileSync(fileOf('s'), 'utf8')).toBe(inOneGo);
  });

  it('holds each line once also where an export is megabytes long', () => {
    const long = lines(500, 'é"'.repeat(2000));
    createAuditLog(dir.path).append(long);
    createAuditLog(dir.path).append(long);

    expect(statSync(fileOf('s')).size).toBeGreaterThan(4_000_000);
    expect(seqs()).toEqual(long.map(({ seq }) => seq));
  });

  it('loses its last line when that was cut short, and gets it whole', async () => {
    const audit = createAuditLog(dir.path);
    audit.append(lines(3));
    const whole = readFileSync(fileOf('s'), 'utf8');
    for (let cut = 1; cut < whole.length; cut += 97) {
      truncateSync(fileOf('s'), whole.length - cut);
      audit.append(lines(3));
      expect(readFileSync(fileOf('s'), 'utf8')).toBe(whole);
    }
  });

  it('loses a torn line also where that is longer than everything to be written now', () => {
    const audit = createAuditLog(dir.path);
    audit.append(lines(2));
    const whole = readFileSync(fileOf('s'), 'utf8');
    appendFileSync(fileOf('s'), 'x'.repeat(1_000_000));
    audit.append(lines(2));

    expect(readFileSync(fileOf('s'), 'utf8')).toBe(whole);
  });

  it('is the same chain however often it was interrupted and whoever went on', () => {
    createAuditLog(dir.path).append(lines(5));
    const inOneGo = readFileSync(fileOf('s'), 'utf8');
    writeFileSync(fileOf('s'), '');
    for (const count of [1, 3, 3, 5]) {
      createAuditLog(dir.path).append(lines(count));
    }

    expect(readFileSync(fileOf('s'), 'utf8')).toBe(inOneGo);
  });

  it('goes on after a line of before there were chains, which alone is named', async () => {
    writeFileSync(fileOf('s'), '{"task_id":"t","seq":1,"session_id":"s"}\n');
    createAuditLog(dir.path).append(lines(3));

    const verify = createVerifyAudit(async () => ({ unread: 'not asked' }));
    const { flaw } = await verify(fileOf('s'), new AbortController().signal);
    const later = readFileSync(fileOf('s'), 'utf8').split('\n')[1] ?? '';
    expect(seqs()).toEqual([1, 2, 3]);
    expect(flaw).toMatchObject({ line: 1, kind: 'unreadable' });
    expect(JSON.parse(later).prev).not.toBe('0'.repeat(64));
  });
});
