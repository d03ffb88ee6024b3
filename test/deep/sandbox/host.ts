import { createHash } from 'node:crypto';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder of this machine in which nothing may change while hostile bytes are read. */
export function hostWithCanary() {
  const folder = mkdtempSync(join(tmpdir(), 'capwright-deep-'));
  const canary = join(folder, 'canary');
  const captures = join(folder, 'captures');
  const engines = join(folder, 'engines');
  for (const path of [canary, captures, engines]) mkdirSync(path);
  // What a script might like: a secret that all may write, an executable, a link, an empty folder.
  mkdirSync(join(canary, 'empty'));
  writeFileSync(join(canary, 'secret'), 'not for captures\n', { mode: 0o666 });
  writeFileSync(join(canary, 'tool'), '#!/bin/sh\nexit 0\n', { mode: 0o777 });
  symlinkSync('secret', join(canary, 'link'));
  return {
    /** For captures that a test makes. */
    captures,
    /** For what engines write beside their sandboxes. */
    engines,
    /** Hash of the canary, and of every one of these files. */
    fingerprint: (files: readonly { path: string }[]): string =>
      hashOf([
        ...readdirSync(canary, { recursive: true, encoding: 'utf8' }).map((name) => join(canary, name)),
        canary,
        captures,
        ...files.map(({ path }) => path),
      ]),
    /** Files that engines have left behind. */
    engineFiles: (): string[] =>
      readdirSync(engines, { recursive: true, withFileTypes: true })
        .filter((entry) => !entry.isDirectory())
        .map(({ name }) => name),
    remove: (): void => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Names, modes, owners, times of change and contents. */
function hashOf(paths: readonly string[]): string {
  const hash = createHash('sha256');
  for (const path of paths.toSorted()) {
    const stats = lstatSync(path);
    hash.update(JSON.stringify([path, stats.mode, stats.uid, stats.gid, stats.size, stats.mtimeMs]));
    if (stats.isFile()) hash.update(readFileSync(path));
    if (stats.isSymbolicLink()) hash.update(readlinkSync(path));
  }
  return hash.digest('hex');
}

/** Watches the memory of this process until it is asked for the most that was added. */
export function watchMemory(): () => number {
  const before = process.memoryUsage.rss();
  let most = before;
  const look = (): void => {
    most = Math.max(most, process.memoryUsage.rss());
  };
  const timer = setInterval(look, 50);
  return () => {
    look();
    clearInterval(timer);
    return most - before;
  };
}
