import type { Readable, Writable } from 'node:stream';
import { serveStdio as serveConnection, StdioServerTransport } from '@modelcontextprotocol/server/stdio';
import { CALL_GRACE_MS, createServerFactory, type ServerDeps } from './build-server.ts';
import { createDrain } from './drain.ts';

/** A line longer than this ends the connection, in bytes; the largest honest call is far below. */
const MAX_LINE_BYTES = 1024 * 1024;

export interface StdioOptions {
  stdin: Readable;
  /** Carries JSON-RPC and nothing else. */
  stdout: Writable;
  /** Aborted when the process is asked to stop: running calls are answered first. */
  stop: AbortSignal;
}

/**
 * Serves one client over stdin and stdout. Resolves when the connection has ended, whoever ended it, and its running
 * calls have been told so; the caller then closes the application and exits.
 */
export async function serveStdio(deps: ServerDeps, { stdin, stdout, stop }: StdioOptions): Promise<void> {
  const drain = createDrain(deps.clock, CALL_GRACE_MS);
  const transport = new EndingTransport(stdin, stdout, { maxBufferSize: MAX_LINE_BYTES });
  const connection = serveConnection(createServerFactory(deps, drain), {
    transport,
    onerror: (error) => deps.log('warn', 'stdio connection reported an error', { reason: error.message }),
  });

  await Promise.race([transport.ended, aborted(stop)]);
  await drain.drain();
  await connection.close();
}

/** Tells when the connection is over: end of input, broken output and an oversized line all come through close(). */
class EndingTransport extends StdioServerTransport {
  readonly #over = Promise.withResolvers<void>();
  readonly ended = this.#over.promise;

  override async close(): Promise<void> {
    await super.close();
    this.#over.resolve();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
