import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { holdsVm, isTerminal, type Journal } from '../../../src/domain/task.ts';
import type { TaskRow, TaskStore } from '../../../src/ports.ts';
import type { Watch } from './process.ts';

/** Watches the processes while they run: one at a time on a capture, and fences that only grow. */
export function createWatch(violations: string[]): Watch & { gone(pid: number): void } {
  const inside = new Map<string, Set<number>>();
  const fences = new Map<string, number>();
  return {
    enter: (pid, what) => {
      const there = inside.get(what) ?? new Set();
      if ([...there].some((other) => other !== pid)) {
        violations.push(`two living processes are at ${what}`);
      }
      inside.set(what, there.add(pid));
      return () => there.delete(pid);
    },
    gone: (pid) => inside.forEach((there) => there.delete(pid)),
    held: ({ task, fence }) => {
      if (fence < (fences.get(task.id) ?? 0)) {
        violations.push(`I7: the fence of ${task.id} fell`);
      }
      fences.set(task.id, fence);
    },
  };
}

/** What must hold of the state directory once everything is at rest. */
export async function judgeRest(dir: string, store: TaskStore, ids: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  const audit = readAudit(dir);
  for (const id of ids) {
    const row = await store.get(id);
    if (row === null) {
      found.push(`I3: task ${id} was accepted and is lost`);
      continue;
    }
    const journal = await store.journal(id);
    found.push(...judgeTask(row), ...judgeJournal(row, journal));
    const wanted = journal.map(({ seq }) => `${id} ${seq}`).join();
    if ((audit.get(id) ?? []).join() !== wanted) {
      found.push(`I6: the audit of ${id} has ${(audit.get(id) ?? []).join()} instead of ${wanted}`);
    }
  }
  for (const id of audit.keys()) {
    if ((await store.get(id)) === null) {
      found.push(`I6: the audit knows ${id}, the table does not`);
    }
  }
  return [...found, ...temporaryFiles(dir)];
}

function judgeTask({ task, owner }: TaskRow): string[] {
  const found: string[] = [];
  if (!isTerminal(task)) {
    found.push(`I4: ${task.id} is still ${task.state}: ${JSON.stringify(task)}`);
  }
  if (owner !== null && !holdsVm(task)) {
    found.push(`${task.id} is ${task.state} and still owned`);
  }
  if (task.state === 'completed' && !(existsSync(task.file.path) && existsSync(task.analysis.reportPath))) {
    found.push(`I8: ${task.id} is completed without its file or report`);
  }
  return found;
}

function judgeJournal({ task }: TaskRow, journal: readonly Journal[]): string[] {
  const found: string[] = [];
  journal.forEach((line, index) => {
    if (line.seq !== index + 1) {
      found.push(`I6: the journal of ${task.id} has a gap before ${line.seq}`);
    }
    if (index < journal.length - 1 && isTerminal(line.task)) {
      found.push(`I7: ${task.id} went on after ${line.task.state}`);
    }
  });
  if (journal.at(-1)?.task.state !== task.state) {
    found.push(`I6: ${task.id} is ${task.state}, its journal ends ${journal.at(-1)?.task.state}`);
  }
  return found;
}

/** Keys of the audit lines of each task, in the order of the file. */
function readAudit(dir: string): Map<string, string[]> {
  const keys = new Map<string, string[]>();
  const path = join(dir, 'audit', 'orchestrator_tasks_test.jsonl');
  const lines = existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : [];
  for (const line of lines) {
    const { task_id: id, seq } = JSON.parse(line);
    keys.set(id, [...(keys.get(id) ?? []), `${id} ${seq}`]);
  }
  return keys;
}

function temporaryFiles(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.part'))
    .map((name) => `I5: ${name} was left behind`);
}
