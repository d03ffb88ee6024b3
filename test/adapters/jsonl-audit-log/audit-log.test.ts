import { readFileSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAuditLog } from '../../../src/adapters/jsonl-audit-log/audit-log.ts';
import type { Journal } from '../../../src/domain/task.ts';
import { stateDir } from '../../fakes/orchestrator.ts';
import { sampleTask } from '../../fakes/task.ts';

let dir: ReturnType<typeof stateDir>;
beforeEach(() => {
  dir = stateDir();
});
afterEach(() => dir.remove());

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

  it('holds each line once also where an export is megabytes long', () => {
    const long = lines(500, 'é"'.repeat(2000));
    createAuditLog(dir.path).append(long);
    createAuditLog(dir.path).append(long);

    expect(statSync(fileOf('s')).size).toBeGreaterThan(4_000_000);
    expect(seqs()).toEqual(long.map(({ seq }) => seq));
  });

  it('loses its last line when that was cut short, and gets it whole', () => {
    const audit = createAuditLog(dir.path);
    audit.append(lines(3));
    truncateSync(fileOf('s'), statSync(fileOf('s')).size - 10);
    audit.append(lines(3));

    expect(seqs()).toEqual([1, 2, 3]);
  });
});
