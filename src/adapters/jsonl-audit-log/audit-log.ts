import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { CHAIN_START, chainLines, hashOfLine } from '../../domain/audit-chain.ts';
import type { Journal } from '../../domain/task.ts';
import type { AuditLog } from '../../ports.ts';
import { auditLine, fileNameOf, keyOf, keyOfLine, sha256 } from './audit-line.ts';

/**
 * One file per session, `orchestrator_tasks_<session>.jsonl`, mode 0600, each line chained to the one before it. The
 * journal in the task store is the truth; a line that a crash cut short is removed, and lines that the file holds
 * already are not written again. One append at a time: callers hold the store's write transaction. A session whose
 * file was cut or replaced between two appends goes into `suspects`.
 */
export function createAuditLog(directory: string, suspects: Set<string> = new Set()): AuditLog {
  const left = new Map<string, Left>();
  return {
    append: (lines) => {
      for (const [session, entries] of Map.groupBy(lines, (line) => line.task.sessionId)) {
        const path = join(directory, fileNameOf(session));
        const before = left.get(path) ?? null;
        left.delete(path);
        if (left.size >= MOST_FILES) {
          left.clear();
        }
        const after = appendMissing(path, entries, before);
        left.set(path, after);
        if (before !== null && (before.inode !== after.inode || before.size > after.began)) {
          suspects.add(session);
        }
      }
    },
  };
}

/** Files whose end is remembered; those of other sessions are only completed now and then. */
const MOST_FILES = 20;

/** A file as the last append left it: as long as nobody else has written, its end need not be read again. */
interface Left extends Tail {
  inode: number;
  /** Before the append, and after it. */
  began: number;
  size: number;
}

function appendMissing(path: string, entries: readonly Journal[], left: Left | null): Left {
  const lines = entries.map((entry) => ({ key: keyOf(entry.taskId, entry.seq), content: auditLine(entry) }));
  const bytes = lines.reduce((sum, { content }) => sum + Buffer.byteLength(JSON.stringify(content)), 0);
  const file = openFile(path);
  try {
    const { ino: inode, size } = fstatSync(file);
    const isAsLeft = left?.inode === inode && left.size === size;
    const { present, last } = isAsLeft ? left : mendAndIndex(file, 2 * bytes + SPARE_BYTES);
    const missing = lines.filter(({ key }) => !present.has(key)).map(({ content }) => content);
    const chained = chainLines(missing, last, sha256);
    writeFileSync(file, chained.map((line) => `${line}\n`).join(''));
    fsyncSync(file);
    return {
      inode,
      began: size,
      size: fstatSync(file).size,
      present: new Set(lines.map(({ key }) => key)),
      last: chained.length === 0 ? last : hashOfLine(chained.at(-1) ?? '', sha256),
    };
  } finally {
    closeSync(file);
  }
}

/** The folder may have been removed under a running server; its files come back from the journal. */
function openFile(path: string): number {
  try {
    return openSync(path, 'a+', 0o600);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) {
      throw error;
    }
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    return openSync(path, 'a+', 0o600);
  }
}

/** Room for the chain's members, and for lines of another version of ours, which may be longer than they are now. */
const SPARE_BYTES = 65_536;

interface Tail {
  /** Keys of the last lines. */
  present: Set<string>;
  /** Hash of the last line. */
  last: string;
}

/**
 * Which of the last lines the file holds. Lines are exported in order and one export at a time, so what an export
 * that was not marked as done has left behind is the end of the file, and no longer than the export itself.
 */
function mendAndIndex(file: number, tailBytes: number): Tail {
  const { size } = fstatSync(file);
  const from = Math.max(0, size - tailBytes);
  const tail = Buffer.alloc(size - from);
  const read = tail.subarray(0, readSync(file, tail, 0, tail.length, from));
  const end = read.lastIndexOf(0x0a) + 1;
  if (end === 0 && from > 0) {
    return mendAndIndex(file, 2 * tailBytes);
  }
  if (end < read.length) {
    ftruncateSync(file, from + end);
  }
  const lines = read
    .subarray(0, Math.max(0, end - 1))
    .toString('utf8')
    .split('\n');
  const last = lines.at(-1) ?? '';
  return {
    present: new Set(lines.map(keyOfLine).filter((key) => key !== null)),
    last: last === '' ? CHAIN_START : hashOfLine(last, sha256),
  };
}
