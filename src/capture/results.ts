import { Analysis } from '../domain/analysis.ts';
import { AttemptsIndex, isKeptName } from '../domain/attempts.ts';
import { CapwrightError } from '../domain/errors.ts';
import { inertJson } from '../domain/inert-json.ts';
import { CaptureFacts } from '../domain/facts.ts';
import {
  MAX_RESULT_CHARS,
  PAGE_CHARS,
  RESULTS,
  resultUri,
  type ResultName,
  type Results,
  type ResultText,
} from '../domain/results.ts';
import type { Journal } from '../domain/task.ts';
import { unknownTask } from '../domain/task-errors.ts';
import type { Artefacts, KeptFile, TaskRow, TaskStore } from '../ports.ts';
import type { ViewTask } from './task-view.ts';

/** Files beyond this are not taken into memory at all. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;
const MOST_IDS = 100;

export interface ResultsDeps {
  store: Pick<TaskStore, 'get' | 'page' | 'journal'>;
  artefacts: Pick<Artefacts, 'list' | 'readFile'>;
  viewTask: ViewTask;
}

/** What lies in the state directory of a task, for reading: never a file that is not one of its results. */
export function createResults(deps: ResultsDeps): Results {
  const { store, artefacts } = deps;
  const named = async (id: string, name: string): Promise<ResultText> =>
    readWhole(artefacts, id, await fileOf(deps, id, name), name);
  return {
    overview: async (id) => overview(deps, id),
    read: async (id, name) => {
      const { mimeType } = RESULTS[name];
      switch (name) {
        case 'audit':
          return { mimeType, text: audit(id, await journalOf(deps, id)) };
        case 'attempts':
          return bounded(id, mimeType, pretty(await attemptsOf(deps, id)), 'attempts/index.json');
        case 'facts.json':
          return derived(deps, id, name, (analysis) => CaptureFacts.parse(pick(analysis)));
        case 'commands':
          return derived(deps, id, name, ({ commands, results }) => ({ commands, results }));
        case 'script':
          return { ...(await named(id, 'plan.sh')), mimeType };
        case 'report.md':
        case 'report.html':
        case 'analysis.json':
          return named(id, name);
      }
    },
    readAttempt: (id, attempt, file) => named(id, `attempts/${attempt}/${file}`),
    readPage: async (id, name, page) => {
      const file = await fileOf(deps, id, name);
      const text = await artefacts.readFile(id, file.name);
      const pages = Math.max(1, Math.ceil(text.length / PAGE_CHARS));
      if (!Number.isInteger(page) || page < 1 || page > pages) {
        throw new CapwrightError('FILE_NOT_FOUND', `${name} has ${pages} pages.`, 'Ask for one of them.');
      }
      const start = (page - 1) * PAGE_CHARS;
      return { mimeType: mimeOf(name), text: text.slice(start, start + PAGE_CHARS) };
    },
    ids: async (prefix) => {
      const query = { limit: MOST_IDS, cursor: null, states: [], vm: null, sessionId: null };
      const { tasks } = await store.page(query);
      return tasks.map(({ id }) => id).filter((id) => id.startsWith(prefix));
    },
    attempts: async (id, attempt) => {
      if (!isKeptName(id)) return [];
      const below = (await artefacts.list(id)).map(({ name }) => name.split('/'));
      const inside = below.filter((parts) => parts.length === 3 && parts[0] === 'attempts');
      return attempt === undefined
        ? [...new Set(inside.map((parts) => parts[1] ?? ''))]
        : inside.filter((parts) => parts[1] === attempt).map((parts) => parts[2] ?? '');
    },
  };
}

async function overview({ store, artefacts, viewTask }: ResultsDeps, id: string): Promise<ResultText> {
  const { row, files } = await known({ store, artefacts }, id);
  const view = row === null ? null : await viewTask(row.task);
  const present = Object.entries(RESULTS).filter(([name]) => isThere(name, files, row));
  return {
    mimeType: 'application/json',
    text: pretty({
      id,
      task: view === null ? null : { ...view, analysis: undefined },
      results: present.map(([name, { description }]) => ({ uri: resultUri(id, name), description })),
      files: files.map(({ name, bytes, path }) => ({ name, bytes, path })),
      pages: `Files by page: ${resultUri(id, 'page/{number}/{name}')}`,
    }),
  };
}

/** Which file a result is made of; the audit is the journal of a task. */
function isThere(name: string, files: readonly KeptFile[], row: TaskRow | null): boolean {
  const has = (file: string) => files.some((one) => one.name === file);
  switch (name) {
    case 'audit':
      return row !== null;
    case 'attempts':
      return files.some((one) => one.name.startsWith('attempts/'));
    case 'script':
      return has('plan.sh');
    case 'facts.json':
    case 'commands':
      return has('analysis.json');
    default:
      return has(name);
  }
}

interface Known {
  row: TaskRow | null;
  files: KeptFile[];
}

/** A task, or the folder of an analysis without one. Ids are names, never paths. */
async function known({ store, artefacts }: Omit<ResultsDeps, 'viewTask'>, id: string): Promise<Known> {
  if (!isKeptName(id)) throw unknownTask();
  const files = await artefacts.list(id);
  const row = await store.get(id);
  if (row === null && files.length === 0) throw unknownTask();
  return { row, files };
}

async function fileOf(deps: ResultsDeps, id: string, name: string): Promise<KeptFile> {
  const { files } = await known(deps, id);
  const file = files.find((one) => one.name === name);
  if (file === undefined) {
    throw new CapwrightError(
      'FILE_NOT_FOUND',
      'There is no such result: it was not made, is not there yet, or was removed.',
      `Read ${resultUri(id, '')} for what there is.`,
    );
  }
  if (file.bytes > MAX_FILE_BYTES) throw tooLarge(id, name, file.path);
  return file;
}

async function readWhole(
  artefacts: ResultsDeps['artefacts'],
  id: string,
  file: KeptFile,
  name: string,
): Promise<ResultText> {
  const text = await artefacts.readFile(id, file.name);
  if (text.length > MAX_RESULT_CHARS) throw tooLarge(id, name, file.path);
  return { mimeType: mimeOf(name), text };
}

function tooLarge(id: string, name: string, path: string): CapwrightError {
  return new CapwrightError(
    'FILE_TOO_LARGE',
    `It has more than ${MAX_RESULT_CHARS} characters. On the server it is ${path}.`,
    `Read it in pages: ${resultUri(id, `page/1/${name}`)}, then page/2 and so on.`,
  );
}

function bounded(id: string, mimeType: string, text: string, name: string): ResultText {
  if (text.length > MAX_RESULT_CHARS) throw tooLarge(id, name, name);
  return { mimeType, text };
}

/** A part of the stored analysis. */
async function derived(
  deps: ResultsDeps,
  id: string,
  name: ResultName,
  part: (analysis: Analysis) => unknown,
): Promise<ResultText> {
  const file = await fileOf(deps, id, 'analysis.json');
  const analysis = Analysis.parse(JSON.parse(await deps.artefacts.readFile(id, file.name)));
  return bounded(id, RESULTS[name].mimeType, pretty(part(analysis)), 'analysis.json');
}

function pick(analysis: Analysis): object {
  const names = new Set(Object.keys(CaptureFacts.shape));
  return Object.fromEntries(Object.entries(analysis).filter(([name]) => names.has(name)));
}

/** One index for each machine that was analysed, by what leads its names; most tasks have one, led by nothing. */
async function attemptsOf(deps: ResultsDeps, id: string): Promise<object> {
  const { files } = await known(deps, id);
  const indexes = files.filter(({ name }) => /^attempts\/[^/]*index\.json$/.test(name));
  if (indexes.length === 0) await fileOf(deps, id, 'attempts/index.json');
  const read = indexes.map(async ({ name }) => {
    const prefix = name.slice('attempts/'.length, -'index.json'.length);
    const index = AttemptsIndex.parse(JSON.parse(await deps.artefacts.readFile(id, name)));
    return {
      machine: prefix === '' ? null : prefix.slice(0, -1),
      ...index,
      attempts: addressed(id, prefix, index),
    };
  });
  return { id, analyses: await Promise.all(read) };
}

/** The attempts with the addresses of their files in the place of names. */
function addressed(id: string, prefix: string, { attempts }: AttemptsIndex): object[] {
  return attempts.map((attempt) => {
    const uri = (file: string | null) =>
      file === null ? null : resultUri(id, `attempts/${prefix}${attempt.name}/${file}`);
    return {
      ...attempt,
      script: uri(attempt.script),
      exchanges: attempt.exchanges.map((one) => ({ ...one, prompt: uri(one.prompt), reply: uri(one.reply) })),
      commands: attempt.commands.map((one) => ({ ...one, stdout: uri(one.stdout), stderr: uri(one.stderr) })),
    };
  });
}

async function journalOf(deps: ResultsDeps, id: string): Promise<Journal[]> {
  const { row } = await known(deps, id);
  if (row === null) {
    throw new CapwrightError(
      'FILE_NOT_FOUND',
      'This is an analysis without a task: it has no audit.',
      `Read ${resultUri(id, '')} for what there is.`,
    );
  }
  return deps.store.journal(id);
}

const audit = (id: string, lines: readonly Journal[]): string =>
  lines
    .map(({ seq, at, event, task }) =>
      inertJson({ task_id: id, seq, at: new Date(at).toISOString(), state: task.state, event }),
    )
    .map((line) => `${line}\n`)
    .join('');

const pretty = (value: unknown): string => `${inertJson(value, 2)}\n`;

/** By the end of a name; everything else is plain text. */
function mimeOf(name: string): string {
  if (name.endsWith('.json')) return 'application/json';
  if (name.endsWith('.md')) return 'text/markdown';
  if (name.endsWith('.html')) return 'text/html';
  return name.endsWith('.sh') ? 'text/x-shellscript' : 'text/plain';
}
