import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import Docker from 'dockerode';
import type { Told } from './agents.ts';
import { keptFiles, type StoredTask } from './judge-state.ts';

/** What was told to agents, held against what is true. */
export function judgeWhole(
  told: Told,
  tasks: readonly StoredTask[],
  missingForeign: readonly string[],
): string[] {
  const found: string[] = [];
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const byRequest = new Map<string, number>();
  // Of several targets only the first task bears the request's id.
  tasks
    .flatMap(({ requestId }) => (requestId === null ? [] : [requestId]))
    .forEach((request) => byRequest.set(request, (byRequest.get(request) ?? 0) + 1));
  byRequest.forEach(
    (count, request) => count > 1 && found.push(`I11: ${count} tasks for request ${request}`),
  );
  told.tasks.forEach((ids, request) =>
    ids.forEach((id) => {
      if (!byId.has(id)) {
        found.push(`I3: request ${request} was answered with task ${id}, and the table does not know it`);
      }
    }),
  );
  told.ended.forEach((status, id) => {
    if (status !== `task_${byId.get(id)?.state}`) {
      found.push(`I7: task ${id} was ${status} and is ${byId.get(id)?.state}`);
    }
  });
  told.discarded.forEach((id) => {
    if (byId.get(id)?.state === 'completed') {
      found.push(`I9: task ${id} was discarded and is completed`);
    }
  });
  missingForeign.forEach((vm) => found.push(`I10: the foreign capture on ${vm} is gone`));
  if (!tasks.some((task) => keptFiles(task).length > 0)) {
    found.push('no capture was downloaded in the whole run: it proves nothing');
  }
  return found;
}

/** Containers of this state directory's servers; other people's may be there as well. */
export async function containersOf(stateDir: string): Promise<string[]> {
  const place = readdirSync(join(stateDir, 'owners'))[0]?.split('-')[0];
  const filters = { label: ['capwright'] };
  const all = await new Docker().listContainers({ all: true, filters }).catch(() => []);
  return all
    .filter(({ Labels }) => place !== undefined && JSON.stringify(Labels).includes(place))
    .map(({ Id }) => `I5: container ${Id} was left behind`);
}

export function countBy(tasks: readonly StoredTask[]): Record<string, number> {
  const counts: Record<string, number> = {};
  tasks.forEach(({ state }) => (counts[state] = (counts[state] ?? 0) + 1));
  return counts;
}
