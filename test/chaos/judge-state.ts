import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { createAuditCheck } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';

/** A task as its row and its journal have it, read past all of our own code. */
export interface StoredTask {
  id: string;
  requestId: string | null;
  state: string;
  document: Document;
}

const Failure = z.object({ code: z.string(), message: z.string() });
const Document = z.looseObject({
  sessionId: z.string(),
  state: z.string(),
  failure: Failure.optional(),
  plan: z.object({ captureName: z.string(), vmId: z.string() }),
});
type Document = z.infer<typeof Document>;

const Row = z.object({
  id: z.string(),
  state: z.string(),
  request_id: z.string().nullable(),
  owner: z.string().nullable(),
  seq: z.number(),
  doc: z.string(),
});
const Event = z.object({ seq: z.number(), fence: z.number(), exported: z.number(), doc: z.string() });

const TERMINAL = new Set(['completed', 'failed', 'cancelled', 'timed_out']);

export interface StateVerdict {
  tasks: StoredTask[];
  violations: string[];
}

/** What must hold of a state directory whose servers have all ended politely after a time without trouble. */
export async function judgeState(stateDir: string, secrets: readonly string[]): Promise<StateVerdict> {
  const db = new DatabaseSync(join(stateDir, 'capwright.db'), { readOnly: true, timeout: 5000 });
  try {
    const rows = db
      .prepare('SELECT * FROM task ORDER BY created_at, id')
      .all()
      .map((row) => Row.parse(row));
    const violations = rows.flatMap((row) => [...judgeRow(row), ...judgeJournal(db, row)]);
    const tasks = rows.map((row) => ({
      id: row.id,
      requestId: row.request_id,
      state: row.state,
      document: Document.parse(JSON.parse(row.doc)),
    }));
    return {
      tasks,
      violations: [
        ...violations,
        ...tasks.flatMap(judgeFiles),
        ...(await judgeAudit(stateDir, db)),
        ...leftovers(stateDir),
        ...leaks(stateDir, secrets),
      ],
    };
  } finally {
    db.close();
  }
}

function judgeRow({ id, state, owner, doc }: z.infer<typeof Row>): string[] {
  const { state: inside, failure } = Document.parse(JSON.parse(doc));
  return [
    ...(TERMINAL.has(state) ? [] : [`I4: task ${id} is still ${state}: ${doc}`]),
    ...(state === inside ? [] : [`I6: task ${id} is ${state} in its row and ${inside} in its document`]),
    ...(owner === null ? [] : [`task ${id} is ${state} and still owned`]),
    // Nobody in this world deletes captures but Capwright itself.
    ...(failure?.code === 'CAPTURE_VANISHED' ? [`I10: the capture of ${id} was deleted under it`] : []),
    ...(failure?.code === 'INTERNAL' ? [`task ${id} failed with INTERNAL: ${failure.message}`] : []),
  ];
}

function judgeJournal(db: DatabaseSync, { id, seq, doc }: z.infer<typeof Row>): string[] {
  const found: string[] = [];
  const events = db
    .prepare('SELECT * FROM event WHERE task_id = ? ORDER BY seq')
    .all(id)
    .map((row) => Event.parse(row));
  let fence = 0;
  events.forEach((event, index) => {
    const { state } = Document.parse(JSON.parse(event.doc));
    if (event.seq !== index + 1) {
      found.push(`I6: the journal of ${id} has a gap before ${event.seq}`);
    }
    if (event.fence < fence) {
      found.push(`I7: the fence of ${id} fell at ${event.seq}`);
    }
    if (TERMINAL.has(state) && index < events.length - 1) {
      found.push(`I7: ${id} went on after ${state}`);
    }
    if (event.exported !== 1) {
      found.push(`I6: line ${event.seq} of ${id} was never given to the audit`);
    }
    fence = event.fence;
  });
  const last = events.at(-1);
  if (last === undefined || last.seq !== seq || last.doc !== doc) {
    found.push(`I6: the journal of ${id} does not end where the task is`);
  }
  return found;
}

const KeptFile = z.object({ path: z.string(), bytes: z.number(), sha256: z.string() });
const Kept = z.object({ files: z.array(KeptFile) });
const Reported = z.object({ analysis: z.object({ reportPath: z.string() }) });

/** Captures that a task says it has. */
export function keptFiles({ document }: StoredTask): readonly z.infer<typeof KeptFile>[] {
  return Kept.safeParse(document).data?.files ?? [];
}

/** They are there, whole, private, and those that it says. */
function judgeFiles(task: StoredTask): string[] {
  const { id, state, document } = task;
  const files = keptFiles(task);
  const report = Reported.safeParse(document).data?.analysis.reportPath;
  return [
    ...(state === 'completed' && files.length === 0 ? [`I8: ${id} is completed and has no file`] : []),
    ...(state === 'completed' && !existsSync(report ?? '')
      ? [`I8: ${id} is completed without a report`]
      : []),
    ...files.flatMap((file) => judgeFile(id, file)),
  ];
}

function judgeFile(id: string, { path, sha256, bytes: size }: z.infer<typeof KeptFile>): string[] {
  if (!existsSync(path)) {
    return [`I8: a capture of ${id} is not there: ${path}`];
  }
  const bytes = readFileSync(path);
  const isSame = createHash('sha256').update(bytes).digest('hex') === sha256 && bytes.length === size;
  return [
    ...(isSame ? [] : [`I8: a capture of ${id} is not the one that was downloaded: ${path}`]),
    ...(endsWithAPacket(bytes) ? [] : [`I8: a capture of ${id} was cut short: ${path}`]),
    ...((statSync(path).mode & 0o077) === 0 ? [] : [`a capture of ${id} is not private: ${path}`]),
  ];
}

/** Walks a pcap file from record to record; every capture of Local Azure is one. */
function endsWithAPacket(bytes: Buffer): boolean {
  let at = 24;
  while (at + 16 <= bytes.length) {
    at += 16 + bytes.readUInt32LE(at + 8);
  }
  return at === bytes.length;
}

async function judgeAudit(stateDir: string, db: DatabaseSync): Promise<string[]> {
  const verify = createAuditCheck(readConfig({ CAPWRIGHT_STATE_DIR: stateDir }, stateDir));
  const found: string[] = [];
  const directory = join(stateDir, 'audit');
  const files = existsSync(directory) ? readdirSync(directory) : [];
  let lines = 0;
  for (const name of files) {
    const verdict = await verify(join(directory, name), new AbortController().signal);
    lines += verdict.lines;
    if (!verdict.intact || !verdict.journal.checked) {
      found.push(`I6: the audit file ${name} is not what was written: ${JSON.stringify(verdict)}`);
    }
  }
  const written = Number(db.prepare('SELECT COUNT(*) AS n FROM event').get()?.['n']);
  return lines === written ? found : [...found, `I6: the audit has ${lines} lines, the journal ${written}`];
}

function everyFile(stateDir: string): string[] {
  return readdirSync(stateDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function leftovers(stateDir: string): string[] {
  return everyFile(stateDir)
    .filter((path) => path.endsWith('.part') || path.startsWith(join(stateDir, 'staging')))
    .map((path) => `I5: ${path} was left behind`);
}

/** Shapes that only secrets have: a SAS signature, a bearer token, the signature of an operation's address. */
const SECRET_SHAPES = [/[?&]sig=[\w%+/]{20,}/, /eyJ[\w-]{10,}\.eyJ[\w-]{10,}\./, /&s=[\w-]{40,}&h=/];

/** What in these texts must not be there. */
export function findSecrets(text: string, secrets: readonly string[]): boolean {
  return secrets.some((secret) => text.includes(secret)) || SECRET_SHAPES.some((shape) => shape.test(text));
}

function leaks(stateDir: string, secrets: readonly string[]): string[] {
  return everyFile(stateDir)
    .filter((path) => findSecrets(readFileSync(path, 'latin1'), secrets))
    .map((path) => `I12: ${path} holds a secret`);
}
