import { open, type FileHandle } from 'node:fs/promises';
import { cancelled, READ_NO_LINK, replaced, type FileIdentity } from './file-identity.ts';

const PIECE_BYTES = 1024 ** 2;

/**
 * The first `bytes` bytes of a file in order, 1 MiB at most at a time. A piece holds until the next is asked for: two
 * take turns, one of which is read into while the other is worked on. `onRead` hears how many were handed over.
 * Throws FILE_NOT_FOUND where another file or none is at the path, and CANCELLED.
 */
export async function* filePieces(
  { path, bytes }: { path: string; bytes: number },
  known: FileIdentity,
  signal: AbortSignal,
  onRead: (bytes: number) => void = () => {},
): AsyncGenerator<Uint8Array> {
  const file = await open(path, READ_NO_LINK).catch((error: unknown) => {
    throw replaced(error);
  });
  const turns = createTurns(file, bytes);
  try {
    const { dev, ino } = await file.stat();
    if (dev !== known.dev || ino !== known.ino) {
      throw replaced();
    }
    for (let at = 0; at < bytes;) {
      if (signal.aborted) {
        throw cancelled();
      }
      const piece = await turns.next(at);
      if (piece.length === 0) {
        return;
      }
      at += piece.length;
      onRead(at);
      yield piece;
    }
  } finally {
    await turns.settled();
    await file.close();
  }
}

function createTurns(file: FileHandle, bytes: number) {
  const rooms = [0, 1].map(() => Buffer.allocUnsafeSlow(Math.min(PIECE_BYTES, bytes)));
  let under: { at: number; piece: Promise<Buffer> } | null = null;
  let turn = 0;
  const read = async (at: number): Promise<Buffer> => {
    const room = rooms[turn] ?? Buffer.alloc(0);
    turn = 1 - turn;
    const { bytesRead } = await file.read(room, 0, Math.min(room.length, bytes - at), at);
    return room.subarray(0, bytesRead);
  };
  const begin = (at: number) => {
    const piece = read(at);
    piece.catch(() => undefined);
    return { at, piece };
  };
  return {
    next: async (at: number): Promise<Buffer> => {
      const piece = await (under?.at === at ? under : begin(at)).piece;
      const after = at + piece.length;
      under = piece.length > 0 && after < bytes ? begin(after) : null;
      return piece;
    },
    settled: async (): Promise<void> => {
      await under?.piece.catch(() => undefined);
    },
  };
}
