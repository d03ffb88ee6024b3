import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FaultAction } from '../control/fault-kinds.ts';

/** Passes an answer on, unless a fault breaks its body off or lets it stand still; `ended` gets the bytes passed. */
export function transfer(
  from: IncomingMessage,
  to: ServerResponse,
  fault: FaultAction | undefined,
  ended: (bytes: number) => void,
): void {
  const { statusCode = 502, headers } = from;
  const limit = limitOf(fault, Number(headers['content-length'] ?? 0));
  let passed = 0;
  to.writeHead(statusCode, headers);
  to.flushHeaders();
  to.on('close', () => {
    ended(passed);
  });
  from.on('error', () => {
    to.destroy();
  });
  if (limit === undefined) {
    from.on('data', (chunk: Buffer) => (passed += chunk.length));
    from.pipe(to);
    return;
  }
  from.on('data', (chunk: Buffer) => {
    const piece = chunk.subarray(0, limit.bytes - passed);
    passed += piece.length;
    if (passed < limit.bytes) {
      if (!to.write(piece)) {
        from.pause();
        to.once('drain', () => from.resume());
      }
      return;
    }
    from.pause();
    from.removeAllListeners('data');
    to.write(piece, () => {
      // What stands still stays so until the client gives up; only then does the connection to Azurite end, too.
      if (limit.ending === 'cut') {
        to.destroy();
      }
    });
  });
  from.on('end', () => {
    to.end();
  });
}

/** After how many bytes what happens; the named faults strike in the middle. */
function limitOf(fault: FaultAction | undefined, length: number) {
  if (fault === 'blob-cut' || fault === 'blob-stalled') {
    return { bytes: Math.floor(length / 2), ending: fault === 'blob-cut' ? 'cut' : 'stall' } as const;
  }
  if (typeof fault !== 'object' || 'status' in fault) {
    return undefined;
  }
  return 'cutAfterBytes' in fault
    ? ({ bytes: fault.cutAfterBytes, ending: 'cut' } as const)
    : ({ bytes: fault.stallAfterBytes, ending: 'stall' } as const);
}
