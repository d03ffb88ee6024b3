import { appendFileSync, copyFileSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../../src/adapters/jsonl-audit-log/audit-line.ts';
import { createAuditLog } from '../../../src/adapters/jsonl-audit-log/audit-log.ts';
import { createVerifyAudit } from '../../../src/adapters/jsonl-audit-log/verify-audit.ts';
import { CHAIN_START, chainLines } from '../../../src/domain/audit-chain.ts';
import type { SessionJournal } from '../../../src/domain/audit-verdict.ts';
import type { Journal } from '../../../src/domain/task.ts';
import { eachStateDir } from '../../fakes/state-dir.ts';
import { sampleTask } from '../../fakes/task.ts';

const dir = eachStateDir();
let path: string;
beforeEach(() => {
  path = join(dir.path, 'orchestrator_tasks_s.jsonl');
  createAuditLog(dir.path).append(WRITTEN);
});

const task = sampleTask({ investigationContext: 'slow \u{fffd} "web" é' });
const journalLine = (seq: number): Journal => ({
  taskId: task.id,
  seq,
  at: seq,
  event: { type: 'created' },
  task,
});
const WRITTEN = [1, 2, 3, 4].map(journalLine);

const journal = (lines: readonly Journal[], exported = true): SessionJournal => ({
  lines: lines.map((entry) => ({ entry, exported })),
  unreadable: [],
});

function verify(known: SessionJournal = journal(WRITTEN), file = path) {
  return createVerifyAudit(async () => known)(file, new AbortController().signal);
}

const read = (): string[] => readFileSync(path, 'utf8').trimEnd().split('\n');
const write = (lines: readonly string[]): void =>
  writeFileSync(path, lines.map((line) => `${line}\n`).join(''));

/** What someone does who knows how the chain is made. */
function forge(change: (entry: Record<string, unknown>) => Record<string, unknown>): void {
  const entries = read().map((line) => {
    const { prev: _prev, hash: _hash, ...entry } = JSON.parse(line);
    return change(entry);
  });
  write(chainLines(entries, CHAIN_START, sha256));
}

describe('the check of an audit file', () => {
  it('finds a file as it was written intact, also under another name', async () => {
    const copy = join(dir.path, 'evidence.jsonl');
    copyFileSync(path, copy);

    const intact = {
      intact: true,
      session_id: 's',
      lines: 4,
      flaw: null,
      journal: { checked: true, why: null, missing: [], unreadable: [] },
    };
    expect(await verify()).toEqual(intact);
    expect(await verify(undefined, copy)).toEqual(intact);
  });

  it('names the line of every byte that was changed', async () => {
    const whole = readFileSync(path);
    const lineEnds = [...whole.entries()].filter(([, byte]) => byte === 0x0a).map(([at]) => at);
    for (let at = 0; at < whole.length; at += 7) {
      const edited = Buffer.from(whole);
      edited[at] = (whole[at] ?? 0) ^ 0x80;
      writeFileSync(path, edited);
      const line = lineEnds.filter((end) => end < at).length + 1;
      const { flaw } = await verify({ unread: 'gone' });
      expect(flaw?.line, `byte ${at}`).toBe(line);
    }
  });

  it('tells a byte that is no UTF-8 from the character that readers show for it', async () => {
    const whole = readFileSync(path);
    const shown = whole.indexOf('\u{fffd}');
    writeFileSync(
      path,
      Buffer.concat([whole.subarray(0, shown), Buffer.of(0xff), whole.subarray(shown + 3)]),
    );

    expect((await verify()).flaw).toMatchObject({ line: 1, kind: 'unreadable' });
  });

  it('takes neither Windows line ends nor a byte order mark for what was written', async () => {
    const whole = readFileSync(path, 'utf8');
    for (const changed of [whole.replaceAll('\n', '\r\n'), `\u{feff}${whole}`]) {
      writeFileSync(path, changed);
      expect((await verify()).flaw?.line).toBe(1);
    }
  });

  it('tells a torn last line from everything else', async () => {
    truncateSync(path, readFileSync(path).length - 1);

    const { intact, lines, flaw } = await verify();
    expect({ intact, lines, flaw }).toMatchObject({
      intact: false,
      lines: 3,
      flaw: { line: 4, kind: 'torn' },
    });
  });

  it('names the lines that are missing at the end, from the journal', async () => {
    write(read().slice(0, 2));

    const { intact, flaw, journal: compared } = await verify();
    expect({ intact, flaw }).toEqual({ intact: false, flaw: null });
    expect(compared.missing).toEqual([
      { task_id: 't', seq: 3 },
      { task_id: 't', seq: 4 },
    ]);
  });

  it('names all lines of a file that was emptied', async () => {
    write([]);

    expect((await verify()).journal.missing).toHaveLength(4);
  });

  it('misses no line that was not written yet', async () => {
    const pending = { entry: journalLine(5), exported: false };

    expect(
      await verify({
        lines: [...WRITTEN.map((entry) => ({ entry, exported: true })), pending],
        unreadable: [],
      }),
    ).toMatchObject({ intact: true });
  });

  it('says that the end was not checked where there is no journal', async () => {
    write(read().slice(0, 2));

    expect(await verify({ unread: 'gone' })).toMatchObject({
      intact: true,
      lines: 2,
      journal: { checked: false, why: 'gone', missing: [], unreadable: [] },
    });
  });

  it('names a line that was rewritten together with all hashes after it, and what in it', async () => {
    forge((entry) => (entry['seq'] === 3 ? { ...entry, capture_name: 'other', sha256: 'f00' } : entry));

    const { flaw } = await verify();
    expect(flaw).toMatchObject({ line: 3, kind: 'unlike_journal' });
    expect(flaw?.why).toContain('capture_name, sha256');
  });

  it('names a line that was appended with a fitting hash', async () => {
    forge((entry) => (entry['seq'] === 4 ? { ...entry, seq: 5 } : entry));

    const { flaw, journal: compared } = await verify();
    expect(flaw).toMatchObject({ line: 4, kind: 'not_in_journal' });
    expect(compared.missing).toEqual([{ task_id: 't', seq: 4 }]);
  });

  it('names a line that was repeated, moved or taken out together with all hashes after it', async () => {
    const before = read();
    const remake = (order: readonly number[]): void => {
      const entries = order.map((at) => JSON.parse(before[at] ?? ''));
      write(
        chainLines(
          entries.map(({ prev: _prev, hash: _hash, ...entry }) => entry),
          CHAIN_START,
          sha256,
        ),
      );
    };

    remake([0, 1, 1, 2, 3]);
    expect((await verify()).flaw).toMatchObject({ line: 3, kind: 'repeated' });
    remake([0, 2, 1, 3]);
    expect((await verify({ unread: 'gone' })).flaw).toMatchObject({ line: 2, kind: 'gap' });
    remake([1, 2, 3]);
    expect((await verify({ unread: 'gone' })).flaw).toMatchObject({ line: 1, kind: 'gap' });
  });

  it.each([
    ['was given a member', (entry: Record<string, unknown>) => ({ ...entry, approved: 'by nobody' })],
    ['lost a member', ({ sha256: _sha256, ...entry }: Record<string, unknown>) => entry],
  ])('names a line that %s together with all hashes', async (_what, change) => {
    forge((entry) => (entry['seq'] === 2 ? change(entry) : entry));

    expect((await verify()).flaw).toMatchObject({ line: 2, kind: 'unlike_journal' });
  });

  it('takes a line of before a member was added for what it is', async () => {
    forge(({ files: _files, ...entry }) => entry);

    expect(await verify()).toMatchObject({ intact: true });
  });

  it('accuses nobody of a line that the journal itself has lost, and names it', async () => {
    const unreadable = [{ task_id: 't', seq: 2 }];
    const known = { lines: WRITTEN.map((entry) => ({ entry, exported: true })), unreadable };
    const others = { ...known, lines: known.lines.filter(({ entry }) => entry.seq !== 2) };
    expect(await verify(others)).toMatchObject({ intact: true, journal: { unreadable } });

    writeFileSync(path, '');
    createAuditLog(dir.path).append(WRITTEN.filter(({ seq }) => seq !== 2));
    expect(await verify(others)).toMatchObject({ intact: true, journal: { unreadable } });
  });

  it('takes lines that a server writes meanwhile for what they are', async () => {
    const known = [journal(WRITTEN.slice(0, 2)), journal(WRITTEN)];

    const check = createVerifyAudit(async () => known.shift() ?? { unread: 'asked too often' });
    expect(await check(path, new AbortController().signal)).toMatchObject({ intact: true });
  });

  it('refuses a missing file and a folder', async () => {
    const folder = join(dir.path, 'folder');
    mkdirSync(folder);

    await expect(verify(undefined, join(dir.path, 'none'))).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    await expect(verify(undefined, folder)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  });

  it('reads a line without end no further than a line of ours can reach', async () => {
    appendFileSync(path, Buffer.alloc(20_000_000, 'x'));
    appendFileSync(path, '\n');

    expect((await verify()).flaw).toMatchObject({ line: 5, kind: 'unreadable' });
  });
});
