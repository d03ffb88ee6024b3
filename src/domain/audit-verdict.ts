import type { AuditFlaw } from './audit-chain.ts';
import type { Journal } from './task.ts';

/** One line of a task, as the audit and the journal both name it. */
export interface LineKey {
  task_id: string;
  seq: number;
}

/** What the check of one audit file found; the shape of `capwright audit verify --json`. */
export interface AuditVerdict {
  intact: boolean;
  session_id: string | null;
  /** Whole lines in the file. */
  lines: number;
  /** The first bad line; null where none is. */
  flaw: AuditFlaw | null;
  journal: {
    checked: boolean;
    /** Why it was not; null where it was. */
    why: string | null;
    /** Lines that the journal says were written, and that the file does not hold. */
    missing: LineKey[];
    /** Lines of the journal that are damaged, so that nothing can be said of them. */
    unreadable: LineKey[];
  };
}

export interface JournalLine {
  entry: Journal;
  /** Whether it was written to the audit file; one that was not is not missing there. */
  exported: boolean;
}

/** The journal of one session, or why it can't be had. */
export type SessionJournal = { lines: JournalLine[]; unreadable: LineKey[] } | { unread: string };

/** Throws FILE_NOT_FOUND or FILE_UNREADABLE. */
export type VerifyAudit = (path: string, signal: AbortSignal) => Promise<AuditVerdict>;
