import { CapwrightError } from '../../src/domain/errors.ts';
import type { Results, ResultText } from '../../src/domain/results.ts';
import { unknownTask } from '../../src/domain/task-errors.ts';

/** The task that there is, one that breaks, and what a broken one must not tell. */
export const RESULT_TASK = 'task-done';
export const BROKEN_TASK = 'task-broken';
export const RESULT_SECRET = 'secret path /var/lib/x';

const of = (id: string, ...asked: unknown[]): Promise<ResultText> => {
  if (id === BROKEN_TASK) return Promise.reject(new Error(RESULT_SECRET));
  if (id !== RESULT_TASK) return Promise.reject(unknownTask());
  if (asked[1] === 'analysis.json') {
    const large = new CapwrightError('FILE_TOO_LARGE', 'It is too large.', 'Read it in pages.');
    return Promise.reject(large);
  }
  return Promise.resolve({ mimeType: 'text/plain', text: asked.join(' ') });
};

/** Results without a disk: they tell what they were asked for. */
export function createFakeResults(): Results {
  return {
    overview: (id) => of(id, 'overview'),
    read: (id, name) => of(id, 'read', name),
    readAttempt: (id, attempt, file) => of(id, 'attempt', attempt, file),
    readPage: (id, name, page) => of(id, 'page', name, page),
    ids: async (prefix) => [RESULT_TASK, 'task-other'].filter((id) => id.startsWith(prefix)),
    attempts: async (id, attempt) =>
      id !== RESULT_TASK ? [] : attempt === undefined ? ['1', '2', 'report-1'] : ['prompt.md', 'stdout.txt'],
  };
}
