import {
  filesOf,
  holdsVm,
  isTerminal,
  missingOf,
  type Journal,
  type Task,
} from '../../../src/domain/task.ts';
import type { TaskRow, TaskStore } from '../../../src/ports.ts';
import type { StateDirectory } from './directory.ts';
import type { Watch } from './process.ts';
import type { World } from './world.ts';

/** Watches the processes while they run: one at a time on a capture, and fences that only grow. */
export function createWatch(violations: string[]): Watch {
  const inside = new Map<string, Set<number>>();
  const fences = new Map<string, number>();
  return {
    enter: (pid, what) => {
      const there = inside.get(what) ?? new Set();
      if ([...there].some((other) => other !== pid)) {
        violations.push(`I1: two living processes are at ${what}`);
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

/** What must hold once everything is at rest. */
export async function judgeRest(
  { directory, world }: { directory: StateDirectory; world: World },
  store: TaskStore,
  ids: readonly string[],
): Promise<string[]> {
  const found = [...world.sessions.keys()].map((name) => `I5: ${name} is left in Azure`);
  const audit = Map.groupBy(directory.auditKeys(), (key) => key.split(' ')[0] ?? '');
  for (const id of ids) {
    const row = await store.get(id);
    if (row === null) {
      found.push(`I3: task ${id} was accepted and is lost`);
      continue;
    }
    const journal = await store.journal(id);
    found.push(...judgeTask(row), ...judgeJournal(row, journal), ...judgeFile(row.task, directory, world));
    const wanted = journal.map(({ seq }) => `${id} ${seq}`).join();
    const written = (audit.get(id) ?? []).join();
    if (written !== wanted) {
      found.push(`I6: the audit of ${id} has ${written} instead of ${wanted}`);
    }
  }
  for (const id of audit.keys()) {
    if ((await store.get(id)) === null) {
      found.push(`I6: the audit knows ${id}, the table does not`);
    }
  }
  return found;
}

function judgeTask({ task, owner }: TaskRow): string[] {
  const found: string[] = [];
  if (!isTerminal(task)) {
    found.push(`I4: ${task.id} is still ${task.state}: ${JSON.stringify(task)}`);
  }
  if (owner !== null && !holdsVm(task)) {
    found.push(`${task.id} is ${task.state} and still owned`);
  }
  return found;
}

/** A completed task has its report, and of every instance that is not named as missing each file, whole. */
function judgeFile(task: Task, { files }: StateDirectory, world: World): string[] {
  if (task.state !== 'completed') {
    return [];
  }
  const damaged = filesOf(task).filter(({ path, blobUrl, sha256 }) => {
    const content = files.get(path);
    return content === undefined || content !== sha256 || !world.isWhole(blobUrl, content);
  });
  const heard = new Set(
    [...filesOf(task), ...missingOf(task).map(({ id }) => ({ instanceId: id }))].map(
      ({ instanceId }) => instanceId,
    ),
  );
  const silent = task.plan.instances.filter(({ id }) => !heard.has(id));
  const left = task.blobsGone ? filesOf(task).filter(({ blobUrl }) => world.hasBlob(blobUrl)) : [];
  return [
    ...left.map(({ blobUrl }) => `I5: ${task.id} says that its blobs are gone, and ${blobUrl} is there`),
    ...damaged.map(({ path }) => `I8: ${task.id} is completed and ${path} is not whole`),
    ...silent.map(({ id }) => `I8: ${task.id} is completed and neither has nor misses instance ${id}`),
    ...(files.has(task.analysis.reportPath) ? [] : [`I8: ${task.id} is completed without its report`]),
  ];
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
  const analysed = journal.filter(({ event }) => event.type === 'analyzed').length;
  if (analysed > 1) {
    found.push(`I8: ${task.id} was analysed ${analysed} times`);
  }
  return found;
}
