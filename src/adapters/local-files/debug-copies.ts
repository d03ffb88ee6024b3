import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isKeptName } from '../../domain/attempts.ts';
import type { Artefacts, Clock, Log } from '../../ports.ts';
import { createArtefacts } from './artefacts.ts';
import { writeWhole } from './private-file.ts';

export interface CopiedTo {
  stateDir: string;
  /** Gets a second copy of all that is kept; null: nothing does. */
  debugSaveDir: string | null;
}

/** The artefacts of a state directory; whatever is written to them goes to the folder for debugging as well. */
export function createCopiedArtefacts({ stateDir, debugSaveDir }: CopiedTo, log: Log): Artefacts {
  const artefacts = createArtefacts(stateDir);
  if (debugSaveDir === null) return artefacts;
  const copy = createCopy(debugSaveDir, log);
  return {
    ...artefacts,
    save: async (id, name, content) => {
      const path = await artefacts.save(id, name, content);
      await copy(id, basename(name), content);
      return path;
    },
    keep: async (id, name, content) => {
      await copy(id, `attempts/${name}`, content);
      await artefacts.keep(id, name, content);
    },
  };
}

/** Keeps a file of one analysis; it never rejects. */
export type DebugFolder = (name: string, content: string) => Promise<void>;

/** Where an analysis without a task, at the shell, leaves what it keeps; null where no folder for that is set. */
export function createDebugFolder(
  { debugSaveDir }: Pick<CopiedTo, 'debugSaveDir'>,
  clock: Clock,
  log: Log,
): DebugFolder | null {
  if (debugSaveDir === null) return null;
  const at = new Date(clock.now()).toISOString().replace(/[-:]|\.\d+/g, '');
  const id = `${at}-${randomUUID().slice(0, 8)}`;
  const copy = createCopy(debugSaveDir, log);
  return (name, content) => copy(id, name, content);
}

/** Writes below `<folder>/<id>/`, mode 0600; what can't be written is logged, once. */
function createCopy(folder: string, log: Log): (id: string, name: string, content: string) => Promise<void> {
  let failed = false;
  return async (id, name, content) => {
    const parts = name.split('/');
    if (![id, ...parts].every(isKeptName)) return;
    const path = join(folder, id, ...parts);
    try {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await writeWhole(path, randomUUID, (file) => file.writeFile(content));
    } catch (error) {
      if (!failed) log('warn', 'copies for debugging can not be written', { path, error });
      failed = true;
    }
  };
}
