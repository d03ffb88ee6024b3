import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';

const Stored = z.strictObject({ passed: z.string() });

/**
 * Remembers across processes that a probe was passed, under a key of engine, image, profile and boot. One that failed
 * is not kept: a busy machine may have been the reason.
 */
export interface ProbeRecord {
  hasPassed(key: readonly string[]): Promise<boolean>;
  /** A record that can't be kept costs the next process a probe, and nothing else. */
  pass(key: readonly string[]): Promise<void>;
}

export function createProbeRecord(path: string): ProbeRecord {
  return {
    async hasPassed(key) {
      try {
        return Stored.parse(JSON.parse(await readFile(path, 'utf8'))).passed === digest(key);
      } catch {
        return false;
      }
    },
    async pass(key) {
      const temporary = `${path}.${process.pid}`;
      try {
        await mkdir(dirname(path), { recursive: true, mode: 0o700 });
        await writeFile(temporary, JSON.stringify({ passed: digest(key) }), { mode: 0o600 });
        await rename(temporary, path);
      } catch {
        return;
      }
    },
  };
}

/** Another boot may have other cgroups; elsewhere than on Linux there is no such id, and no use for the record. */
export async function bootId(): Promise<string | null> {
  try {
    return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  } catch {
    return null;
  }
}

function digest(key: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(key)).digest('hex');
}
