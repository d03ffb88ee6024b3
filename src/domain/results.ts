/** What every address of a result begins with; the task's id follows. */
export const RESULT_URI = 'capwright://tasks/';

/** Whole results of more characters than this are not sent in one piece, but in pages of so many. */
export const MAX_RESULT_CHARS = 1024 * 1024;
export const PAGE_CHARS = 256 * 1024;

export interface ResultKind {
  title: string;
  mimeType: string;
  /** What it is, and when it is worth opening. */
  description: string;
}

/** Every result of a task, by the part of its address that follows the id. */
export const RESULTS = {
  'report.md': {
    title: 'Report',
    mimeType: 'text/markdown',
    description: 'The whole report as Markdown. Open it where the report in the answer is cut.',
  },
  'report.html': {
    title: 'Report for a browser',
    mimeType: 'text/html',
    description: 'The report as one page with plots. For a person: save it and open it in a browser.',
  },
  'facts.json': {
    title: 'Measured facts',
    mimeType: 'application/json',
    description:
      'Every table that was measured: conversations, endpoints, protocols, TCP, DNS, TLS and more. Open it for numbers that no finding has.',
  },
  'analysis.json': {
    title: 'Analysis',
    mimeType: 'application/json',
    description:
      'Everything of the analysis as data: facts, findings with reasons, script, outputs, claims. Open it for what the answer leaves out.',
  },
  script: {
    title: 'Script',
    mimeType: 'text/x-shellscript',
    description: 'The Bash script that looked deeper. Open it to judge what was asked of the capture.',
  },
  commands: {
    title: 'Command log',
    mimeType: 'application/json',
    description: 'Every command of the analysis with exit code and time, and what the scripts printed.',
  },
  attempts: {
    title: 'Attempts',
    mimeType: 'application/json',
    description:
      'Each attempt of planner and reporter: requests, tokens, commands, what was wrong, and the files kept. Open it where a script failed or a claim was struck.',
  },
  audit: {
    title: 'Audit',
    mimeType: 'application/x-ndjson',
    description:
      'Every transition of the task with its time, one JSON line each. Open it to see who did what.',
  },
} as const satisfies Record<string, ResultKind>;

export type ResultName = keyof typeof RESULTS;

/** One result as text. */
export interface ResultText {
  mimeType: string;
  text: string;
}

/** A result that a caller may open next. */
export interface ResultLink {
  uri: string;
  name: string;
  title: string;
  mimeType: string;
  description: string;
}

/** The results of tasks, and of analyses without one, as they lie in the state directory. */
export interface Results {
  /** State of the task, if it is one, and what there is to read of it. Throws UNKNOWN_TASK. */
  overview(id: string): Promise<ResultText>;
  /** Throws UNKNOWN_TASK, FILE_NOT_FOUND, or FILE_TOO_LARGE, which names the file and how to have it in pages. */
  read(id: string, name: ResultName): Promise<ResultText>;
  /** A file that an attempt kept; throws like `read`. */
  readAttempt(id: string, attempt: string, file: string): Promise<ResultText>;
  /** Any file of the task as the overview names it, one page of it, counted from 1; throws like `read`. */
  readPage(id: string, name: string, page: number): Promise<ResultText>;
  /** The latest tasks, and those whose id begins so. */
  ids(prefix: string): Promise<string[]>;
  /** Names of the attempts of a task, or the files of one; empty where it has none. */
  attempts(id: string, attempt?: string): Promise<string[]>;
}

/** Where a result is read. */
export const resultUri = (id: string, rest: string): string =>
  `${RESULT_URI}${id}${rest === '' ? '' : `/${rest}`}`;
