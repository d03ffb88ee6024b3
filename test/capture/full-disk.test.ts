import { describe, expect, it } from 'vitest';
import { CapwrightError } from '../../src/domain/errors.ts';
import type { TaskStore } from '../../src/ports.ts';
import { ask, check, createBench } from '../fakes/bench.ts';
import { quietCall } from '../fakes/orchestrator.ts';

const bench = createBench();

/** A store whose disk fills up and gets room again. */
function limited() {
  const disk = { full: false, refused: 0 };
  const refuse = <T>(write: () => Promise<T>): Promise<T> => {
    if (!disk.full) {
      return write();
    }
    disk.refused += 1;
    return Promise.reject(new CapwrightError('DISK_FULL', 'The disk is full.', 'Free space.'));
  };
  const wrapStore = (store: TaskStore): TaskStore => ({
    ...store,
    record: (...call) => refuse(() => store.record(...call)),
    exportJournal: (append) => refuse(() => store.exportJournal(append)),
  });
  return { disk, wrapStore };
}

describe('a disk that is full while a capture runs', () => {
  it.each(['ensureCapture', 'readCapture', 'downloadBlob', 'deleteCapture'])(
    'keeps what %s has found out until it can be stored, and has Azure do nothing twice',
    async (call) => {
      const { disk, wrapStore } = limited();
      const told: string[] = [];
      const one = await bench.start({ wrapStore, log: (_level, message) => void told.push(message) });
      bench.azure.knobs.mishap = (name, _n, phase) => {
        disk.full ||= name === call && phase === 'after' && disk.refused === 0;
      };
      one.driver.start();
      const { task_id } = await one.startCapture(ask(), quietCall);
      await bench.clock.sleep(3_600_000);
      const { refused } = disk;
      const asked = bench.azure.seen.calls.filter((name) => name === call).length;
      disk.full = false;

      const ended = await one.checkTask(check(task_id ?? ''), quietCall);

      expect(refused).toBeGreaterThan(3);
      expect(ended.status).toBe('task_completed');
      expect(bench.azure.creations).toHaveLength(1);
      expect(asked).toBe(1);
      expect(told.filter((message) => message.includes('could not be stored'))).toHaveLength(1);
      expect(told.filter((message) => message.includes('audit file'))).toHaveLength(1);
      const lines = await one.store.journal(task_id ?? '');
      expect(lines.map(({ seq }) => seq)).toEqual(lines.map((_line, index) => index + 1));
    },
  );

  it('does not keep a server from ending', async () => {
    const { disk, wrapStore } = limited();
    const one = await bench.start({ wrapStore });
    one.driver.start();
    await one.startCapture(ask(), quietCall);
    await bench.clock.sleep(10_000);
    disk.full = true;
    await bench.clock.sleep(60_000);

    await expect(one.driver.stop()).resolves.toBeUndefined();
  });
});
