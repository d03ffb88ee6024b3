import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, realpathSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isBusy } from './database.ts';
import { requireLocalDisk } from './local-disk.ts';
import { makePrivate } from './private-file.ts';
import { withoutTrouble } from './trouble.ts';

/**
 * Which processes live, told by the kernel: each holds an exclusive lock on a file of its own, which ends with the
 * process however it dies. A lease by time could end while its holder merely sleeps, and two captures would follow.
 */
export interface Liveness {
  /** This process: a part that names the directory, and a part of its own. */
  readonly self: string;
  /** Whether a process of this directory lives; one of another directory can't be judged here and counts as alive. */
  isAlive(owner: string): boolean;
  /** The same for an owner that is known to be of this directory, whatever that was called when it started. */
  holdsLock(owner: string): boolean;
  close(): void;
}

/** Between two looks whether the lock's file is still there. */
const RENEW_MS = 5000;

/** Throws DISK_FULL or STATE_UNAVAILABLE where the directory can't be used. */
export function openLiveness(directory: string, name: string, renewMs = RENEW_MS): Liveness {
  return withoutTrouble(() => open(directory, name, renewMs));
}

/** The process behind an owner, for people: null where its name is of before it told this. */
export function pidOf(owner: string): number | null {
  const pid = /\.pid(\d+)$/.exec(owner)?.[1];
  return pid === undefined ? null : Number(pid);
}

function open(directory: string, name: string, renewMs: number): Liveness {
  requireLocalDisk(directory);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const home = `${createHash('sha256').update(realpathSync(directory)).digest('hex').slice(0, 12)}-`;
  const self = `${home}${name}.pid${process.pid}`;
  const lock = hold(lockPath(directory, self), renewMs);
  const holdsLock = (owner: string): boolean => owner === self || isLocked(directory, owner);
  sweep(directory, holdsLock);
  return {
    self,
    isAlive: (owner) => !owner.startsWith(home) || holdsLock(owner),
    holdsLock,
    close: () => {
      lock.release();
      rmSync(lockPath(directory, self), { force: true });
    },
  };
}

/**
 * Holds the lock for as long as the process lives: the garbage collector would close a database that nothing refers to,
 * and somebody who clears the folder would make everybody there take the tasks of the others.
 */
function hold(path: string, renewMs: number): { release: () => void } {
  let lock = take(path);
  const timer = setInterval(() => {
    try {
      if (inodeOf(path) !== lock.inode) {
        const next = take(path);
        lock.db.close();
        lock = next;
      }
    } catch {
      // The folder is gone as well, or the disk is full: looked at again.
    }
  }, renewMs);
  timer.unref();
  return {
    release: () => {
      clearInterval(timer);
      lock.db.close();
    },
  };
}

function take(path: string): { db: DatabaseSync; inode: bigint | undefined } {
  makePrivate(path);
  const db = new DatabaseSync(path, { timeout: 0 });
  try {
    db.exec('BEGIN EXCLUSIVE');
    return { db, inode: inodeOf(path) };
  } catch (error) {
    db.close();
    throw error;
  }
}

function inodeOf(path: string): bigint | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino;
}

const SUFFIX = '.owner';
const HOUR_MS = 3_600_000;

function lockPath(directory: string, owner: string): string {
  return join(directory, `${owner}${SUFFIX}`);
}

function isLocked(directory: string, owner: string): boolean {
  const path = lockPath(directory, owner);
  if (!existsSync(path)) {
    return false;
  }
  try {
    return probe(path);
  } catch {
    // Ended and removed its file meanwhile; else nothing is known, and a living process must not be taken for dead.
    return existsSync(path);
  }
}

function probe(path: string): boolean {
  const lock = new DatabaseSync(path, { timeout: 0, readOnly: true });
  try {
    lock.prepare('SELECT 1 FROM sqlite_schema').get();
    return false;
  } catch (error) {
    if (isBusy(error)) {
      return true;
    }
    throw error;
  } finally {
    lock.close();
  }
}

/**
 * Names are never used twice, so the file of a dead process can go; but only an old one, since a process that is
 * just starting has its file a moment before its lock.
 */
function sweep(directory: string, holdsLock: (owner: string) => boolean): void {
  for (const name of readdirSync(directory)) {
    const path = join(directory, name);
    const old = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) > HOUR_MS;
    if (name.endsWith(SUFFIX) && old && !holdsLock(name.slice(0, -SUFFIX.length))) {
      rmSync(path, { force: true });
    }
  }
}
