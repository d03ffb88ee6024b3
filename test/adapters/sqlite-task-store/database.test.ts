import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../../src/adapters/sqlite-task-store/database.ts';
import { eachStateDir } from '../../fakes/state-dir.ts';

const dir = eachStateDir();

describe('the database', () => {
  it('tells what went wrong also where SQLite has rolled back by itself, and goes on', async () => {
    const database = await openDatabase(join(dir.path, 'db'));

    const full = database.write((db) => {
      db.exec('ROLLBACK');
      throw new Error('disk full');
    });

    await expect(full).rejects.toThrow('disk full');
    expect(await database.write(() => 'written')).toBe('written');
    database.close();
  });

  it('lets the event loop go round between writes that come together, and keeps their order', async () => {
    const database = await openDatabase(join(dir.path, 'db'));
    let rounds = 0;
    const seen: { n: number; round: number }[] = [];
    const count = (): void => {
      rounds += 1;
      turning = setImmediate(count);
    };
    let turning = setImmediate(count);

    const writes = Array.from({ length: 20 }, (_, n) =>
      database.write(() => void seen.push({ n, round: rounds })),
    );
    await Promise.all(writes);
    clearImmediate(turning);

    expect(seen.map(({ n }) => n)).toEqual(writes.map((_, n) => n));
    expect(new Set(seen.map(({ round }) => round)).size).toBe(20);
    database.close();
  });

  it('goes on with the next write where one fails', async () => {
    const database = await openDatabase(join(dir.path, 'db'));
    const failing = database.write(() => {
      throw new Error('no');
    });

    const [one, two] = await Promise.allSettled([failing, database.write(() => 'written')]);

    expect(one.status).toBe('rejected');
    expect(two).toEqual({ status: 'fulfilled', value: 'written' });
    database.close();
  });

  it('reads again where another process had the file for itself for a moment', async () => {
    const database = await openDatabase(join(dir.path, 'db'));
    let attempts = 0;

    const read = await database.read(() => {
      attempts += 1;
      if (attempts < 3) {
        throw Object.assign(new Error('database is locked'), { errcode: 261 });
      }
      return 'read';
    });

    expect(read).toBe('read');
    database.close();
  });
});
