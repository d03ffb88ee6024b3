import type { StreamName } from '../run-command.ts';

export interface Demux {
  /** Takes the next bytes of the connection; hands payload on as it comes, without copying it. */
  push(chunk: Uint8Array): void;
  /** True once a frame header made no sense: what came after it was thrown away. */
  readonly desynced: boolean;
  /** True while a frame or its header is incomplete: a stream that ends here was cut. */
  readonly midFrame: boolean;
}

const HEADER_BYTES = 8;

/**
 * Splits Docker's multiplexed stream (8-byte header: kind, three zeros, big-endian length). It holds eight bytes at
 * most however long a frame claims to be, and never asks the connection to pause: a paused exec stream wedges the
 * whole container. dockerode's own demuxer recurses per frame and calls a bad header stdout.
 */
export function createDemux(onData: (stream: StreamName, bytes: Uint8Array) => void): Demux {
  const header = Buffer.alloc(HEADER_BYTES);
  let headerBytes = 0;
  let stream: StreamName | null = null;
  let left = 0;
  let desynced = false;

  const takeHeader = (chunk: Uint8Array, offset: number): number => {
    const taken = Math.min(HEADER_BYTES - headerBytes, chunk.length - offset);
    header.set(chunk.subarray(offset, offset + taken), headerBytes);
    headerBytes += taken;
    if (headerBytes === HEADER_BYTES) {
      stream = streamOf(header);
      left = header.readUInt32BE(4);
      desynced = stream === null;
      headerBytes = 0;
    }
    return taken;
  };

  return {
    push(chunk) {
      let offset = 0;
      while (offset < chunk.length) {
        if (desynced) return;
        if (left === 0) {
          offset += takeHeader(chunk, offset);
          continue;
        }
        const end = Math.min(offset + left, chunk.length);
        if (stream !== null) onData(stream, chunk.subarray(offset, end));
        left -= end - offset;
        offset = end;
      }
    },
    get desynced() {
      return desynced;
    },
    get midFrame() {
      return left > 0 || headerBytes > 0;
    },
  };
}

/** Kind 0 is stdin, which the engine echoes on stdout; anything else than 0, 1 and 2 is no header. */
function streamOf(header: Buffer): StreamName | null {
  if (header[1] !== 0 || header[2] !== 0 || header[3] !== 0) return null;
  if (header[0] === 0 || header[0] === 1) return 'stdout';
  return header[0] === 2 ? 'stderr' : null;
}
