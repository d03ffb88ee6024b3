import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { CapwrightError } from '../../domain/errors.ts';
import { parseJson } from './rows.ts';

export interface Deployment {
  /** Part of the name of every capture that is made from now on. */
  id: string;
  former: readonly string[];
}

const Former = z.array(z.string()).catch([]);

/**
 * The name of this state directory in Azure, made once. A directory that was copied, restored from a backup or taken
 * to another machine gets a new one, and keeps the old one in mind: two copies with one name would each take the
 * other's captures for orphans. `home` tells where the database lies.
 */
export function deploymentOf(db: DatabaseSync, home: string, make: () => string): Deployment {
  const read = (key: string): string | undefined => {
    const value = db.prepare('SELECT value FROM meta WHERE key = ?').get(key)?.['value'];
    return typeof value === 'string' ? value : undefined;
  };
  const keep = (key: string, value: string): void => {
    db.prepare(
      'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
    ).run(key, value);
  };
  const id = read('deployment');
  const knownHome = read('home');
  const former = Former.parse(parseJson(read('former') ?? '[]'));
  if (id !== undefined && (knownHome === undefined || knownHome === home)) {
    if (knownHome === undefined) {
      keep('home', home);
    }
    return { id, former };
  }
  const next = { id: make(), former: id === undefined ? former : [...former, id] };
  keep('deployment', next.id);
  keep('home', home);
  keep('former', JSON.stringify(next.former));
  return next;
}

/** Stays the same when the directory is renamed, and when its volume is mounted elsewhere; a copy differs. */
export function homeOf(path: string): string {
  return createHash('sha256')
    .update(`${inodeOf(path)} ${machineId()}`)
    .digest('hex')
    .slice(0, 32);
}

/**
 * Throws STATE_UNAVAILABLE where the database at this path is not the one that was opened: what is stored in a file
 * that was removed is lost with this process, and nobody else sees it.
 */
export function createPlaceCheck(path: string): () => void {
  const opened = inodeOf(path);
  return () => {
    if (inodeOf(path) !== opened) {
      throw new CapwrightError(
        'STATE_UNAVAILABLE',
        'The state directory was removed or replaced while this server ran.',
        'Start this server again; nothing new is begun until then.',
      );
    }
  };
}

function inodeOf(path: string): bigint | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino;
}

function machineId(): string {
  try {
    return readFileSync('/etc/machine-id', 'utf8').trim();
  } catch {
    return '';
  }
}
