import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, readdir, readFile, rename, rm, stat, writeFile, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { CapwrightError } from '../../domain/errors.ts';
import { onDisk, syncDirectory } from './disk.ts';

/** What is downloaded: one version of one blob. */
export interface PartVersion {
  url: string;
  etag: string;
  size: number;
  /** MD5 of the whole, where there is one to compare with. */
  md5: Uint8Array | null;
}

/** A file that is being written and is not yet what it will be. */
export interface PartFile {
  /** How many are there, those that are not written yet among them. */
  bytes(): number;
  append(chunk: Uint8Array): Promise<void>;
  /** Makes what is there outlast a crash, and notes how much that is. */
  checkpoint(): Promise<void>;
  /**
   * Checks length and MD5, flushes, gives the file its name and returns its SHA-256; null where somebody else took
   * the file away, so that the download has to begin anew. Throws DOWNLOAD_INTERRUPTED for wrong bytes.
   */
  complete(): Promise<string | null>;
  /** Ends the work on it. Unless it was completed or found wrong, it stays for a later call to go on with, or goes. */
  close(fate: 'keep' | 'discard'): Promise<void>;
}

/** Chunks come in pieces of 16 KiB, and a write of its own for each costs more than the network does. */
const WRITE_BYTES = 1024 * 1024;

const Note = z.object({ bytes: z.number().int().min(0) });

/**
 * Opens the unfinished file of `path`, readable by its owner alone, and goes on with what an earlier call, a killed
 * process among them, left of the same version; what is left of other versions is thrown away. Two processes may work
 * on one: its name holds the version, and both write the same bytes to the same places.
 */
export async function openPartFile(path: string, version: PartVersion): Promise<PartFile> {
  const names = namesFor(path, version);
  const { file, resumed } = await onDisk(() => openOrResume(path, names, version.size));
  const passing = resumed === 0 ? { sha256: createHash('sha256'), md5: hashIf(version.md5 !== null) } : null;
  let waiting: Uint8Array[] = [];
  let bytes = resumed;
  let written = resumed;
  let completed = false;
  let isUseless = false;
  const write = async (): Promise<void> => {
    const piece = Buffer.concat(waiting);
    waiting = [];
    const done = onDisk(() => writeAt(file, piece, written));
    passing?.sha256.update(piece);
    passing?.md5?.update(piece);
    await done;
    written += piece.byteLength;
  };
  const checkpoint = async (): Promise<void> => {
    await write();
    await onDisk(async () => {
      await file.datasync();
      await writeFile(names.note, JSON.stringify({ bytes: written }), { mode: 0o600 });
    });
  };
  return {
    bytes: () => bytes,
    append: async (chunk) => {
      waiting.push(chunk);
      bytes += chunk.byteLength;
      if (bytes - written >= WRITE_BYTES) {
        await write();
      }
    },
    checkpoint,
    complete: async () => {
      await write();
      isUseless = true;
      const { sha256, md5 } = passing ?? (await hashesOf(file, version));
      checkBytes({ expected: version.md5, found: md5 });
      completed = await onDisk(() => giveName(file, names, path, version.size));
      return completed ? sha256.digest('hex') : null;
    },
    close: async (fate) => {
      const isKept = fate === 'keep' && !isUseless && bytes > 0;
      if (isKept) {
        await checkpoint().catch(() => undefined);
      }
      await file.close().catch(() => undefined);
      if (!isKept && !completed) {
        await Promise.all([names.part, names.note].map((name) => rm(name, { force: true })));
      }
    },
  };
}

interface Names {
  part: string;
  note: string;
}

function namesFor(path: string, { url, etag, size }: PartVersion): Names {
  const key = createHash('sha256').update(`${url}\n${etag}\n${size}`).digest('hex').slice(0, 16);
  return { part: `${path}.${key}.part`, note: `${path}.${key}.note.part` };
}

async function openOrResume(
  path: string,
  names: Names,
  size: number,
): Promise<{ file: FileHandle; resumed: number }> {
  await removeOthers(path, names);
  // Never truncated: another process may be at work on the same bytes.
  const file = await open(names.part, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  await file.chmod(0o600);
  const noted = await readFile(names.note, 'utf8').then(bytesNoted, () => 0);
  const { size: there } = await file.stat();
  return { file, resumed: noted <= Math.min(there, size) ? noted : 0 };
}

function bytesNoted(text: string): number {
  try {
    return Note.parse(JSON.parse(text)).bytes;
  } catch {
    return 0;
  }
}

/** What a download of an earlier version left, and what older versions of this program left. */
async function removeOthers(path: string, names: Names): Promise<void> {
  const own = new Set([names.part, names.note].map((name) => basename(name)));
  const beginning = `${basename(path)}.`;
  const others = (await readdir(dirname(path))).filter(
    (name) => name.startsWith(beginning) && name.endsWith('.part') && !own.has(name),
  );
  await Promise.all(others.map((name) => rm(join(dirname(path), name), { force: true })));
}

async function writeAt(file: FileHandle, piece: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < piece.byteLength;) {
    const { bytesWritten } = await file.write(piece, done, piece.byteLength - done, position + done);
    done += bytesWritten;
  }
}

/** Of a file that was not written in one go, only the disk knows all bytes. */
async function hashesOf(file: FileHandle, version: PartVersion): Promise<{ sha256: Hash; md5: Hash | null }> {
  const hashes = { sha256: createHash('sha256'), md5: hashIf(version.md5 !== null) };
  const piece = Buffer.alloc(WRITE_BYTES);
  for (let at = 0; at < version.size;) {
    const { bytesRead } = await onDisk(() => file.read(piece, 0, piece.byteLength, at));
    if (bytesRead === 0) {
      break;
    }
    hashes.sha256.update(piece.subarray(0, bytesRead));
    hashes.md5?.update(piece.subarray(0, bytesRead));
    at += bytesRead;
  }
  return hashes;
}

function hashIf(wanted: boolean): Hash | null {
  return wanted ? createHash('md5') : null;
}

/** Whether the file has its name now; another process may have given it first, or thrown the file away. */
async function giveName(file: FileHandle, names: Names, path: string, size: number): Promise<boolean> {
  await file.sync();
  const ours = await file.stat();
  if (ours.size !== size) {
    throw wrongBytes('their number differs');
  }
  await rename(names.part, path).catch(() => undefined);
  const named = await stat(path).catch(() => null);
  if (named?.ino !== ours.ino || named.dev !== ours.dev) {
    return false;
  }
  await rm(names.note, { force: true });
  await syncDirectory(dirname(path));
  return true;
}

function checkBytes({ expected, found }: { expected: Uint8Array | null; found: Hash | null }): void {
  if (expected !== null && found?.digest().equals(expected) !== true) {
    throw wrongBytes('the MD5 differs');
  }
}

function wrongBytes(how: string): CapwrightError {
  return new CapwrightError(
    'DOWNLOAD_INTERRUPTED',
    `The downloaded bytes are not those that were uploaded: ${how}.`,
    'Call check_task again; the download starts anew.',
  );
}
