import { z } from 'zod';
import { inertJson } from './inert-json.ts';
import { sessionId } from './inputs.ts';

/** SHA-256 of the text's UTF-8 bytes, as 64 lower-case hexadecimal digits. */
export type Sha256 = (text: string) => string;

/** What the first line of a file carries as the hash of the line before it. */
export const CHAIN_START = '0'.repeat(64);

/** Ends every line. The hash covers each byte of the line but this member, so it also covers `prev`. */
const SEAL = /,"hash":"([0-9a-f]{64})"\}$/;

/**
 * The lines, without line ends, for entries that follow the line whose hash is `prev`. Each is the JSON of its entry
 * with `prev` and, last, `hash`: the SHA-256 of that same JSON without `hash`.
 */
export function chainLines(
  entries: readonly Record<string, unknown>[],
  prev: string,
  sha256: Sha256,
): string[] {
  let last = prev;
  return entries.map((entry) => {
    const content = inertJson({ ...entry, prev: last });
    last = sha256(content);
    return `${content.slice(0, -1)},"hash":"${last}"}`;
  });
}

/** What the line after this one carries as `prev`; a line of before there were chains counts with all its bytes. */
export function hashOfLine(line: string, sha256: Sha256): string {
  return SEAL.exec(line)?.[1] ?? sha256(line);
}

const ChainedLine = z.looseObject({
  task_id: z.string().regex(/^[A-Za-z0-9._-]{1,128}$/),
  seq: z.number().int().min(1),
  session_id: sessionId,
  prev: z.string(),
});
export type ChainedLine = z.infer<typeof ChainedLine>;

/** Why a file is not what was written. `line` counts from 1, as editors do. */
export interface AuditFlaw {
  line: number;
  kind:
    | 'unreadable'
    | 'edited'
    | 'other_session'
    | 'out_of_place'
    | 'torn'
    | 'repeated'
    | 'gap'
    | 'not_in_journal'
    | 'unlike_journal';
  why: string;
}

export interface CheckedLine {
  line: number;
  /** Null where the line can't be read as one of ours. */
  entry: ChainedLine | null;
  flaw: AuditFlaw | null;
}

/**
 * Checks the lines of one file, handed over one after the other without their line ends. Lines removed from the end
 * leave a whole chain: only the journal can tell. `session` is what the file's name says, null where it says nothing.
 */
export function createChainCheck(sha256: Sha256, session: string | null): (text: string) => CheckedLine {
  let line = 0;
  let prev = CHAIN_START;
  let owner = session;
  return (text) => {
    line += 1;
    const entry = parseLine(text);
    const found = flawOf(text, entry, { prev, owner, sha256 });
    prev = hashOfLine(text, sha256);
    owner ??= entry?.session_id ?? null;
    return { line, entry, flaw: found === null ? null : { line, ...found } };
  };
}

/** The line as an object, or null; whether anyone changed it is not asked here. */
export function parseLine(text: string): ChainedLine | null {
  try {
    return ChainedLine.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

interface Place {
  prev: string;
  owner: string | null;
  sha256: Sha256;
}

function flawOf(
  text: string,
  entry: ChainedLine | null,
  { prev, owner, sha256 }: Place,
): Omit<AuditFlaw, 'line'> | null {
  const seal = SEAL.exec(text);
  if (seal === null) {
    return {
      kind: 'unreadable',
      why: 'it does not end in a hash: it was edited, or something else wrote it',
    };
  }
  if (sha256(`${text.slice(0, seal.index)}}`) !== seal[1]) {
    return { kind: 'edited', why: 'its content does not fit its hash: it was edited' };
  }
  if (entry === null) {
    return { kind: 'unreadable', why: 'it is not a line of an audit' };
  }
  if (owner !== null && entry.session_id !== owner) {
    return { kind: 'other_session', why: 'it belongs to another session than the file' };
  }
  if (entry.prev !== prev) {
    return {
      kind: 'out_of_place',
      why:
        prev === CHAIN_START
          ? 'it was not written first: what stood before it was removed, or it was moved or inserted'
          : 'it does not follow the line before it: a line was removed, inserted or moved here',
    };
  }
  return null;
}
