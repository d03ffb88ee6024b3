import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../../src/adapters/sqlite-task-store/database.ts';
import { openLiveness } from '../../../src/adapters/sqlite-task-store/liveness.ts';
import { MIGRATIONS } from '../../../src/adapters/sqlite-task-store/schema.ts';
import { openTaskStore } from '../../../src/adapters/sqlite-task-store/store.ts';
import { eachStateDir } from '../../fakes/state-dir.ts';
import { sampleTask } from '../../fakes/task.ts';

const dir = eachStateDir();
let path: string;
beforeEach(() => {
  path = join(dir.path, 'db');
});

const fill = (db: DatabaseSync): void =>
  db.exec('INSERT INTO meta (key, value) VALUES (hex(randomblob(8)), hex(zeroblob(100000)))');
const entries = (db: DatabaseSync): number =>
  Number(db.prepare('SELECT COUNT(*) AS n FROM meta').get()?.['n']);

/** A small disk of its own; false where this user may not mount one. */
function mountSmallDisk(at: string): boolean {
  mkdirSync(at, { recursive: true });
  return spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', at]).status === 0;
}

describe('a disk that has no room left', () => {
  it('is told as the turn of the operator, leaves nothing half written, and goes on with new room', async () => {
    const database = await openDatabase(path);
    await database.write((db) => db.exec('PRAGMA max_page_count = 60'));
    const before = await database.read(entries);

    const full = database.write((db) => {
      fill(db);
      fill(db);
    });

    await expect(full).rejects.toMatchObject({ code: 'DISK_FULL', turn: 'operator', retryable: true });
    expect(await database.read(entries)).toBe(before);
    await database.write((db) => db.exec('PRAGMA max_page_count = 100000'));
    await database.write(fill);
    expect(await database.read(entries)).toBe(before + 1);
    database.close();
  });

  it('is told also at the start, and a start after that finds no half-made database', async () => {
    const small = join(dir.path, 'small');
    if (!mountSmallDisk(small)) {
      process.stderr.write('left out: filling a real small disk needs the right to mount one\n');
      return;
    }
    try {
      const ballast = join(small, 'ballast');
      const chunk = Buffer.alloc(4096);
      for (let size = 0; size < 128; size += 1) {
        try {
          writeFileSync(ballast, chunk, { flag: 'a' });
        } catch {
          break;
        }
      }
      expect(() => openLiveness(join(small, 'owners'), 'me')).toThrow(/full/);
      await expect(openDatabase(join(small, 'db'))).rejects.toMatchObject({ code: 'DISK_FULL' });

      rmSync(ballast);
      const liveness = openLiveness(join(small, 'owners'), 'me');
      const store = await openTaskStore({
        path: join(small, 'db'),
        liveness,
        newDeploymentId: () => 'd',
      });
      await store.create(sampleTask());
      let created = 1;
      const creating = async (): Promise<never> => {
        for (;;) {
          const plan = { ...sampleTask().plan, vmId: `/vm/${created}` };
          await store.create(sampleTask({ id: `t${created}`, plan }));
          created += 1;
        }
      };
      await expect(creating()).rejects.toMatchObject({ code: 'DISK_FULL' });
      expect(await store.active()).toHaveLength(created);
      store.close();
      liveness.close();
    } finally {
      spawnSync('umount', [small]);
    }
  });
});

describe('a state directory', () => {
  it('whose files may not grow is told as the turn of the operator', () => {
    const script = join(import.meta.dirname, '../../fixtures/open-state.ts');
    const limited = `ulimit -f 4; trap '' XFSZ; exec "$0" "$1" "$2"`;

    const { stdout } = spawnSync('bash', ['-c', limited, process.execPath, script, dir.path], {
      encoding: 'utf8',
    });

    expect(JSON.parse(stdout)).toMatchObject({ turn: 'operator', retryable: true });
  });

  it('that may only be read is refused without a trace of us', () => {
    const owners = join(dir.path, 'file', 'owners');
    writeFileSync(join(dir.path, 'file'), '');

    expect(() => openLiveness(owners, 'me')).toThrow(/not a folder/);
    const sealed = join(dir.path, 'sealed');
    mkdirSync(sealed);
    const seal = spawnSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', sealed]).status === 0;
    if (!seal) {
      chmodSync(sealed, 0o500);
    }
    try {
      if (seal || process.getuid?.() !== 0) {
        expect(() => openLiveness(join(sealed, 'owners'), 'me')).toThrow(/can not be (?:written|made)/);
        expect(readdirSync(sealed)).toEqual([]);
      } else {
        process.stderr.write('left out: a folder that root may not write needs the right to mount one\n');
      }
    } finally {
      spawnSync('umount', [sealed]);
    }
  });

  it('with a damaged database is told so, and nothing in it is changed', async () => {
    writeFileSync(path, 'no database at all, but longer than the header of one '.repeat(100));
    const before = readFileSync(path);

    await expect(openDatabase(path)).rejects.toMatchObject({ code: 'STATE_UNAVAILABLE', turn: 'operator' });
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('that a newer version wrote is refused, and says what to run', async () => {
    (await openDatabase(path)).close();
    const db = new DatabaseSync(path);
    db.exec(`PRAGMA user_version = ${MIGRATIONS.length + 1}`);
    db.close();

    await expect(openDatabase(path)).rejects.toMatchObject({ code: 'STATE_UNAVAILABLE' });
    await expect(openDatabase(path)).rejects.toThrow(/newer/);
  });

  it('opened by many at once is made once, and by none refused', async () => {
    const script = join(import.meta.dirname, '../../fixtures/open-state.ts');
    const children = `for n in 1 2 3 4 5 6; do "$0" "$1" "$2" & done; wait`;

    const { stdout } = spawnSync('bash', ['-c', children, process.execPath, script, dir.path], {
      encoding: 'utf8',
    });

    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toHaveLength(6);
    expect(new Set(lines.map(({ deploymentId }) => deploymentId)).size).toBe(1);
    expect(existsSync(join(dir.path, 'capwright.db'))).toBe(true);
  });

  it('kept busy by another process stops nobody from going on once it is free, and blocks no event loop', async () => {
    const database = await openDatabase(path);
    const other = new DatabaseSync(path);
    other.exec('BEGIN IMMEDIATE');
    let turns = 0;
    const turning = setInterval(() => {
      turns += 1;
      if (turns === 20) {
        other.exec('COMMIT');
      }
    }, 10);

    await database.write(fill);

    clearInterval(turning);
    expect(turns).toBeGreaterThanOrEqual(20);
    other.close();
    database.close();
  });
});
