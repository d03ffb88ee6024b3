import { existsSync, lstatSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createArtefacts } from '../../../src/adapters/local-files/artefacts.ts';
import { stateDir } from '../../fakes/orchestrator.ts';

let dir: ReturnType<typeof stateDir>;
beforeEach(() => {
  dir = stateDir();
});
afterEach(() => dir.remove());

describe('what a task leaves behind', () => {
  it('is private and can be read back', async () => {
    const artefacts = createArtefacts(dir.path);

    const path = await artefacts.save('t', 'report.md', '# Report');

    expect(await artefacts.read(path)).toBe('# Report');
    expect(lstatSync(path).mode & 0o777).toBe(0o600);
  });

  it.runIf(existsSync('/dev/full'))(
    'is refused by a full disk as a passing trouble, with no rest of it',
    async () => {
      const folder = join(dir.path, 'tasks', 't');
      mkdirSync(folder, { recursive: true });
      symlinkSync('/dev/full', join(folder, 'report.md.part'));

      await expect(createArtefacts(dir.path).save('t', 'report.md', '# Report')).rejects.toMatchObject({
        code: 'DISK_FULL',
        retryable: true,
      });
      expect(lstatSync(join(folder, 'report.md.part'), { throwIfNoEntry: false })).toBeUndefined();
    },
  );
});
