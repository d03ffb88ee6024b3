/** The steps of a task's life, as the invariants name them. */
export const STEPS = ['begin', 'put', 'poll', 'stop', 'download', 'delete', 'analyze', 'abort'] as const;
export type Step = (typeof STEPS)[number];

/**
 * Where within a step a process dies: before it takes the task, when it has taken it and nothing is done, when the
 * request is out and no answer in, when the answer is in and not stored, when it is stored and nothing follows.
 */
export const MOMENTS = ['before', 'armed', 'sent', 'after', 'committed'] as const;
export type Moment = (typeof MOMENTS)[number];

/** Every other place where a death has been thought of, by the part that dies. */
export const PLACES = [
  'create:before',
  'create:at-commit',
  'create:after-commit',
  'create:before-reply',
  'claim:at-commit',
  'claim:after-commit',
  'wish:at-commit',
  'wish:after-commit',
  'audit:before-append',
  'audit:torn-line',
  'audit:before-fsync',
  'audit:before-mark',
  'download:mid-file',
  'download:before-rename',
  'download:after-rename',
  'report:before-rename',
  'report:between-files',
  'sandbox:child-alive',
  'model:reply-not-committed',
  'model:repair-not-committed',
  'sweep:between-list-and-delete',
  'sweep:sent-delete',
  'sweep:after-delete',
  'plan:at-commit',
  'migration:half-way',
  'migration:at-commit',
  'migration:two-at-once',
  'checkpoint:any-moment',
  'close:before-lock-file',
] as const;
export type Place = (typeof PLACES)[number];

export type CrashPoint = `${Moment}:${Step}` | Place;

/** The whole table. */
export const CRASH_POINTS: readonly CrashPoint[] = [
  ...STEPS.flatMap((step) => MOMENTS.map((moment): CrashPoint => `${moment}:${step}`)),
  ...PLACES,
];

/** Points of the analysis itself need a real one, before the death and after it; else the smallest will do. */
export const REAL_ANALYSIS: readonly CrashPoint[] = [
  'sent:analyze',
  'sandbox:child-alive',
  'model:reply-not-committed',
  'model:repair-not-committed',
];

/** What a process is told to do until it dies. */
export interface Orders {
  point: CrashPoint;
  /** Arguments of start_capture; the same request id for every process of one point. */
  request: Record<string, unknown> & { request_id: string };
  /** What is asked of the task once its session runs. */
  wish: 'stop' | 'discard' | null;
  job: 'capture' | 'cleanup';
}

/** What its owner asks for, so that the step comes at all. */
export function wishFor(point: CrashPoint): Orders['wish'] {
  if (point.endsWith(':abort') || point.startsWith('wish:')) {
    return 'discard';
  }
  return point.endsWith(':stop') ? 'stop' : null;
}
