import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { AuditFiles } from '../../ports.ts';
import { fileNameOf, keyOf, keyOfLine } from './audit-line.ts';
import { readLines } from './read-lines.ts';

/** Most lines of ours are far shorter; a longer one only means that the whole file is read. */
const TAIL_BYTES = 65_536;

/** Of a file's end only a little is read; for what is missing the whole of it, line by line. */
export function createAuditFiles(directory: string, suspects: Set<string> = new Set()): AuditFiles {
  return {
    takeSuspects: () => {
      const taken = [...suspects];
      suspects.clear();
      return taken;
    },
    endsIn: async ({ sessionId, task_id: taskId, seq }) =>
      (await lastKey(join(directory, fileNameOf(sessionId)))) === keyOf(taskId, seq),
    missing: async (sessionId, lines) => {
      const held = await keysIn(join(directory, fileNameOf(sessionId)));
      return lines.filter(({ task_id: taskId, seq }) => !held.has(keyOf(taskId, seq)));
    },
  };
}

/** Key of the last whole line, or null where there is none to be found. */
async function lastKey(path: string): Promise<string | null> {
  const file = await open(path, 'r').catch(() => null);
  if (file === null) {
    return null;
  }
  try {
    const { size } = await file.stat();
    const tail = Buffer.alloc(Math.min(size, TAIL_BYTES));
    const { bytesRead } = await file.read(tail, 0, tail.length, size - tail.length);
    const lines = tail.subarray(0, bytesRead).toString('utf8').split('\n');
    return lines.at(-1) === '' ? keyOfLine(lines.at(-2) ?? '') : null;
  } finally {
    await file.close();
  }
}

async function keysIn(path: string): Promise<ReadonlySet<string | null>> {
  const keys = new Set<string | null>();
  try {
    for await (const { text, whole } of readLines(path, new AbortController().signal)) {
      keys.add(whole ? keyOfLine(text ?? '') : null);
    }
  } catch {
    // Not there, or not to be read: then it holds nothing, and what is written next says what is wrong with it.
  }
  return keys;
}
