import { basename } from 'node:path';
import { createChainCheck, parseLine, type AuditFlaw, type ChainedLine } from '../../domain/audit-chain.ts';
import { createOrderCheck } from '../../domain/audit-order.ts';
import type {
  AuditVerdict,
  JournalLine,
  LineKey,
  SessionJournal,
  VerifyAudit,
} from '../../domain/audit-verdict.ts';
import { ADDED_LATER, auditLine, keyOf, sessionOf, sha256 } from './audit-line.ts';
import { readLines } from './read-lines.ts';

/**
 * Checks the chain of one audit file, then the file against the journal of its session. The journal is read before
 * the file, and lines newer than that are looked up afterwards, so that a server may go on writing meanwhile.
 */
export function createVerifyAudit(journalOf: (session: string) => Promise<SessionJournal>): VerifyAudit {
  return async (path, signal) => {
    const session = await sessionIn(path, signal);
    const read = (): Promise<SessionJournal> =>
      session === null ? Promise.resolve({ unread: 'the file names no session' }) : journalOf(session);
    const before = await read();
    const file = await checkFile(path, signal);
    const found = 'unread' in before ? before : await compare(before, file, read);
    const unreadable = 'unread' in before ? [] : before.unreadable;
    const flaws = [
      ...file.flaws,
      ...('unread' in found ? [] : found.flaws),
      ...disorders(file.entries, unreadable),
    ];
    const flaw = flaws.toSorted((one, other) => one.line - other.line)[0] ?? null;
    const journal =
      'unread' in found
        ? { checked: false, why: found.unread, missing: [], unreadable }
        : { checked: true, why: null, missing: found.missing, unreadable };
    const intact = flaw === null && journal.missing.length === 0;
    return { intact, session_id: session, lines: file.lines, flaw, journal };
  };
}

/** A line that the journal itself has lost could not be written, and is no sign of anybody's hand. */
function disorders(entries: CheckedFile['entries'], unreadable: readonly LineKey[]): AuditFlaw[] {
  const excused = new Set(unreadable.map(({ task_id: taskId, seq }) => keyOf(taskId, seq)));
  const check = createOrderCheck();
  return entries.flatMap(({ line, entry }): AuditFlaw[] => {
    const found = check(entry);
    if (found?.kind === 'repeated') {
      const why = 'a later line of its task stands before it: it was repeated or moved';
      return [{ line, kind: 'repeated', why }];
    }
    const missing = found?.missing.find(({ task_id: taskId, seq }) => !excused.has(keyOf(taskId, seq)));
    return missing === undefined
      ? []
      : [{ line, kind: 'gap', why: `seq ${missing.seq} of its task should stand before it: it was removed` }];
  });
}

/** The session that the file's name or else its first line names. */
async function sessionIn(path: string, signal: AbortSignal): Promise<string | null> {
  for await (const { text } of readLines(path, signal)) {
    return sessionOf(basename(path)) ?? parseLine(text ?? '')?.session_id ?? null;
  }
  return sessionOf(basename(path));
}

interface CheckedFile {
  lines: number;
  flaws: AuditFlaw[];
  entries: { line: number; entry: ChainedLine }[];
}

/** The chain is reported where it first breaks; after that no line can be told from the consequences. */
async function checkFile(path: string, signal: AbortSignal): Promise<CheckedFile> {
  const check = createChainCheck(sha256, sessionOf(basename(path)));
  const file: CheckedFile = { lines: 0, flaws: [], entries: [] };
  for await (const { text, whole } of readLines(path, signal)) {
    if (!whole) {
      const why = 'it was cut short, as by a crash; the next line that a server writes mends it';
      file.flaws.push({ line: file.lines + 1, kind: 'torn', why });
      break;
    }
    file.lines += 1;
    const { line, entry, flaw } = check(text ?? '');
    if (flaw !== null && file.flaws.length === 0) {
      file.flaws.push(flaw);
    }
    if (entry !== null) {
      file.entries.push({ line, entry });
    }
  }
  return file;
}

type ReadJournal = Exclude<SessionJournal, { unread: string }>;
type Comparison = { flaws: AuditFlaw[]; missing: AuditVerdict['journal']['missing'] } | { unread: string };

async function compare(
  before: ReadJournal,
  { entries }: CheckedFile,
  readAgain: () => Promise<SessionJournal>,
): Promise<Comparison> {
  const inFile = new Set(entries.map(({ entry }) => keyOf(entry.task_id, entry.seq)));
  const missing = before.lines
    .filter(({ entry, exported }) => exported && !inFile.has(keyOf(entry.taskId, entry.seq)))
    .map(({ entry }) => ({ task_id: entry.taskId, seq: entry.seq }));
  let known = indexOf(before.lines);
  const spoilt = new Set(before.unreadable.map(({ task_id: taskId, seq }) => keyOf(taskId, seq)));
  if (entries.some(({ entry }) => !known.has(keyOf(entry.task_id, entry.seq)))) {
    const after = await readAgain();
    if ('unread' in after) {
      return after;
    }
    known = indexOf(after.lines);
  }
  const flaws = entries.flatMap(({ line, entry }) => {
    const key = keyOf(entry.task_id, entry.seq);
    const found = spoilt.has(key) ? null : unlike(entry, known.get(key));
    return found === null ? [] : [{ line, ...found }];
  });
  return { flaws, missing };
}

function indexOf(lines: readonly JournalLine[]): Map<string, JournalLine> {
  return new Map(lines.map((line) => [keyOf(line.entry.taskId, line.entry.seq), line]));
}

/** A line has exactly the members that we write; only those that came with a later version may be absent. */
function unlike(line: ChainedLine, written: JournalLine | undefined): Omit<AuditFlaw, 'line'> | null {
  if (written === undefined) {
    return { kind: 'not_in_journal', why: 'the journal has no such line: it was inserted' };
  }
  const expected = auditLine(written.entry);
  const { prev: _prev, hash: _hash, ...found } = line;
  const names = [...new Set([...Object.keys(expected), ...Object.keys(found)])].filter((name) =>
    Object.hasOwn(found, name)
      ? !Object.hasOwn(expected, name) || !isSame(found[name], expected[name])
      : !ADDED_LATER.has(name),
  );
  return names.length === 0
    ? null
    : { kind: 'unlike_journal', why: `the journal says otherwise in ${names.join(', ')}: it was rewritten` };
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
