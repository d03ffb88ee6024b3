import { randomUUID } from 'node:crypto';
import { open, realpath, stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { CapwrightError } from '../../domain/errors.ts';
import { kindOf, packingOf, SNIFFED_BYTES, type Packing } from '../../domain/file-kind.ts';
import type { CaptureFiles, InspectedFile } from '../../ports.ts';
import { combineCaptures } from './combine-captures.ts';
import { fileChunks } from './file-chunks.ts';
import type { FileIdentity } from './file-identity.ts';
import { filePlaces } from './file-places.ts';
import { filePieces } from './file-pieces.ts';
import { startedLater, startHash } from './start-hash.ts';
import { unpack } from './unpack/unpack.ts';

/** Files on this machine; `roots` bind everybody but the person at the shell. */
export function createCaptureFiles(options: { roots: readonly string[]; maxBytes: number }): CaptureFiles {
  const inspected = new WeakMap<InspectedFile, FileIdentity>();
  const knownOf = (file: InspectedFile): FileIdentity => {
    const known = inspected.get(file);
    if (known === undefined) {
      throw new Error('Only a file that was inspected is read.');
    }
    return known;
  };
  return {
    inspect: async (path, scope, signal, hash = 'at once') => {
      const real = await resolveFile(path);
      if (scope === 'allowed roots') {
        await mustBeAllowed(real, options.roots);
      }
      await mustBeReadable(real);
      const { size, dev, ino } = await stat(real);
      if (size > options.maxBytes) {
        throw new CapwrightError(
          'FILE_TOO_LARGE',
          `The file has ${size} bytes; the limit is ${options.maxBytes}.`,
          'Cut it with `editcap -c`, or raise CAPWRIGHT_MAX_CAPTURE_BYTES.',
        );
      }
      const kind = await sniff(real, size, { dev, ino }, signal);
      const order = { path: real, bytes: size, dev, ino };
      const sha256 = hash === 'at once' ? startHash(order, signal) : startedLater(order, signal);
      const file: InspectedFile = { path: real, bytes: size, sha256, ...kind };
      inspected.set(file, { dev, ino });
      return file;
    },
    chunks: (file, signal) => fileChunks(file, knownOf(file), { maxBytes: options.maxBytes, signal }),
    places: (file, places, signal) =>
      filePlaces(file, knownOf(file), places, { maxBytes: options.maxBytes, signal }),
    combine: (paths, into, signal) =>
      combineCaptures(paths, into, { maxBytes: options.maxBytes, signal, newName: randomUUID }),
  };
}

async function resolveFile(path: string): Promise<string> {
  if (path.includes('\0')) {
    throw new CapwrightError(
      'INVALID_ARGUMENT',
      'The path holds a NUL byte.',
      'Give the path of a capture file.',
    );
  }
  try {
    return await realpath(resolve(path));
  } catch (error) {
    if (codeOf(error) === 'EACCES') {
      throw unreadable();
    }
    throw new CapwrightError(
      'FILE_NOT_FOUND',
      'There is no such file.',
      'Check the path; it is read on the machine that runs Capwright.',
    );
  }
}

/** Both sides have their symbolic links resolved, so that a link can't lead out of a root. */
async function mustBeAllowed(real: string, roots: readonly string[]): Promise<void> {
  for (const root of roots) {
    const inside = relative(await realpath(root).catch(() => root), real);
    if (inside !== '' && inside.split(sep)[0] !== '..' && !isAbsolute(inside)) {
      return;
    }
  }
  throw new CapwrightError(
    'PATH_NOT_ALLOWED',
    'The path is outside the folders that this server may read.',
    `Move the file under one of: ${roots.join(', ')}; or let the operator add its folder to CAPWRIGHT_ALLOWED_ROOTS.`,
  );
}

async function mustBeReadable(real: string): Promise<void> {
  const info = await stat(real);
  if (!info.isFile()) {
    throw new CapwrightError(
      'NOT_A_CAPTURE',
      info.isDirectory() ? 'The path is a directory.' : 'The path is not a regular file.',
      'Give the path of one .cap, .pcap or .pcapng file, plain or packed with gzip or zstd.',
    );
  }
  try {
    await (await open(real, 'r')).close();
  } catch (error) {
    throw codeOf(error) === 'EACCES' || codeOf(error) === 'EPERM' ? unreadable() : error;
  }
}

function unreadable(): CapwrightError {
  return new CapwrightError(
    'FILE_UNREADABLE',
    'The file exists but this user may not read it.',
    'Give the user that runs Capwright read permission on it.',
  );
}

/** What the file holds by its first bytes; by the first of those that are packed in it where it is packed. */
async function sniff(
  path: string,
  bytes: number,
  known: FileIdentity,
  signal: AbortSignal,
): Promise<Pick<InspectedFile, 'format' | 'packing'>> {
  const beginning = await firstOf(filePieces({ path, bytes: Math.min(bytes, SNIFFED_BYTES) }, known, signal));
  const packing = packingOf(beginning);
  if (packing === null) {
    return { format: formatOf(beginning) };
  }
  const unpacked = unpack(filePieces({ path, bytes }, known, signal), packing);
  return { format: formatOf(await firstOf(unpacked), packing), packing };
}

async function firstOf(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  let first = Buffer.alloc(0);
  for await (const piece of pieces) {
    first = Buffer.concat([first, piece.subarray(0, SNIFFED_BYTES)]);
    if (first.length >= SNIFFED_BYTES) {
      break;
    }
  }
  return first;
}

function formatOf(beginning: Uint8Array, packing: Packing | null = null): InspectedFile['format'] {
  const kind = kindOf(beginning, packing);
  if ('failure' in kind) {
    const { code, message, next } = kind.failure;
    throw new CapwrightError(code, message, next);
  }
  return kind.format;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
