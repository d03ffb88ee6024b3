import { CapwrightError } from '../../domain/errors.ts';

/**
 * What SQLite or the file system says of the state directory, as an error that says whose turn it is; anything else
 * is given back as it is. Nothing of theirs goes into the words.
 */
export function stateTrouble(error: unknown): unknown {
  const kind = error instanceof CapwrightError ? undefined : kindOf(error);
  if (kind === undefined) {
    return error;
  }
  const [message, next] = WORDS[kind];
  return new CapwrightError(kind === 'full' ? 'DISK_FULL' : 'STATE_UNAVAILABLE', message, next, error);
}

type Kind = 'busy' | 'full' | 'refused' | 'broken disk' | 'damaged' | 'no folder';

const ELSEWHERE = 'or set CAPWRIGHT_STATE_DIR to a folder of yours on a local disk';

const WORDS: Record<Kind, [message: string, next: string]> = {
  busy: [
    'Another process has kept the state directory busy for too long.',
    'Call again; if that does not help, look for a Capwright process that hangs, and end it.',
  ],
  full: [
    'The disk of the state directory is full.',
    'Free space there and call again; what was stored before is safe.',
  ],
  refused: [
    'The state directory can not be written.',
    `Give the user that runs Capwright the right to write there, ${ELSEWHERE}.`,
  ],
  'broken disk': [
    'The disk of the state directory answers with an error.',
    `Check that disk and its limits, then call again, ${ELSEWHERE}.`,
  ],
  damaged: [
    'The database in the state directory is damaged.',
    `Restore capwright.db from a backup, ${ELSEWHERE}; nothing was changed in it.`,
  ],
  'no folder': [
    'The state directory is not a folder, or can not be made.',
    `Look what stands in its place and who may write there, ${ELSEWHERE}.`,
  ],
};

/** Primary result codes of SQLite. */
const SQLITE = new Map<number, Kind>([
  [3, 'refused'],
  [5, 'busy'],
  [6, 'busy'],
  [8, 'refused'],
  [10, 'broken disk'],
  [11, 'damaged'],
  [13, 'full'],
  [14, 'refused'],
  [26, 'damaged'],
]);

const FILES = new Map<unknown, Kind>([
  ['ENOSPC', 'full'],
  ['EDQUOT', 'full'],
  ['EROFS', 'refused'],
  ['EACCES', 'refused'],
  ['EPERM', 'refused'],
  ['EIO', 'broken disk'],
  ['EFBIG', 'broken disk'],
  ['EEXIST', 'no folder'],
  ['ENOTDIR', 'no folder'],
  ['ENOENT', 'no folder'],
  ['ELOOP', 'no folder'],
]);

function kindOf(error: unknown): Kind | undefined {
  if (!(error instanceof Error)) {
    return undefined;
  }
  if ('errcode' in error) {
    return SQLITE.get(Number(error.errcode) & 0xff);
  }
  return 'code' in error ? FILES.get(error.code) : undefined;
}

/** Runs `body`, and tells its troubles with the state directory as ours. */
export function withoutTrouble<T>(body: () => T): T {
  try {
    return body();
  } catch (error) {
    throw stateTrouble(error);
  }
}
