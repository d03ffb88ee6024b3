import type { Transform } from 'node:stream';
import type { ByteSource } from './byte-source.ts';

/** A decoder of node:zlib, which says how much it took of what it was given. */
export type Decoder = Transform & { readonly bytesWritten: number };

/** How a packed stream ended: by itself, because there was no more of it, or because it makes no sense. */
export type StreamEnd = 'ended' | 'cut short' | 'damaged';

const INPUT_BYTES = 64 * 1024;

/**
 * Hands over what the decoder makes of one packed stream, as soon as it is there, and leaves what follows the stream in
 * `source`. The decoder never has more than one piece ahead of its reader, however much a few bytes unpack to.
 */
export async function* pump(decoder: Decoder, source: ByteSource): AsyncGenerator<Buffer, StreamEnd> {
  const watched = watch(decoder);
  try {
    for (let given = 0; ;) {
      const piece = await source.some(INPUT_BYTES);
      given += piece.length;
      const done = piece.length === 0 ? watched.end() : watched.write(piece);
      yield* drain(decoder, watched, done);
      if (watched.hasFailed()) {
        return piece.length === 0 ? 'cut short' : 'damaged';
      }
      const untaken = given - decoder.bytesWritten;
      if (untaken > 0) {
        source.giveBack(piece.subarray(piece.length - untaken));
      }
      if (untaken > 0 || piece.length === 0) {
        return 'ended';
      }
    }
  } finally {
    decoder.destroy();
  }
}

/** Reads what there is until the work that was begun is done; an error costs what the failing step had made. */
async function* drain(decoder: Decoder, watched: Watched, done: () => boolean): AsyncGenerator<Buffer> {
  for (;;) {
    const isDone = done();
    for (let out: unknown = decoder.read(); out instanceof Buffer; out = decoder.read()) {
      yield out;
    }
    if (isDone || watched.hasFailed()) {
      return;
    }
    await watched.change();
  }
}

interface Watched {
  /** Each begins some work, and answers how to ask whether it is done. */
  write(piece: Buffer): () => boolean;
  end(): () => boolean;
  hasFailed(): boolean;
  /** Resolves once anything has happened since the last call. */
  change(): Promise<void>;
}

function watch(decoder: Decoder): Watched {
  let failed = false;
  let changed = false;
  let wake: (() => void) | null = null;
  const tell = (): void => {
    changed = true;
    wake?.();
  };
  const begin = (start: (finished: () => void) => void): (() => boolean) => {
    let isDone = false;
    start(() => {
      isDone = true;
      tell();
    });
    return () => isDone;
  };
  decoder.on('readable', tell);
  decoder.on('error', () => {
    failed = true;
    tell();
  });
  return {
    write: (piece) => begin((finished) => decoder.write(piece, finished)),
    end: () =>
      begin((finished) => {
        decoder.once('end', finished);
        decoder.end();
      }),
    hasFailed: () => failed,
    change: async () => {
      if (!changed) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      changed = false;
    },
  };
}
