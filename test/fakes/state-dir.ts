import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';

/** An empty folder for the state of servers; `remove` takes it away with all that came into it. */
export function stateDir(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'capwright-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** One for each test, gone after it: `path` is that of the test under way. */
export function eachStateDir(): { readonly path: string } {
  let dir: ReturnType<typeof stateDir> | undefined;
  beforeEach(() => {
    dir = stateDir();
  });
  afterEach(() => dir?.remove());
  return {
    get path() {
      if (dir === undefined) {
        throw new Error('there is one only while a test runs');
      }
      return dir.path;
    },
  };
}
