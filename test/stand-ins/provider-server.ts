import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** Answers in order, the last one repeated, or made for each request: `index` counts from 0. */
export type Script<Seen, Answer> = readonly Answer[] | ((seen: Seen, index: number) => Answer);

export function answerOf<Seen, Answer>(
  script: Script<Seen, Answer>,
  seen: readonly Seen[],
): Answer | undefined {
  const last = seen.at(-1);
  if (last === undefined) return undefined;
  return typeof script === 'function'
    ? script(last, seen.length - 1)
    : script[Math.min(seen.length, script.length) - 1];
}

export interface ProviderServer {
  /** Without a path. */
  origin: string;
  close(): Promise<void>;
}

/** A server on loopback that hands each request's body to `handle`, and drops the connection where that fails. */
export async function serveProvider(
  handle: (request: IncomingMessage, body: string, response: ServerResponse) => void,
): Promise<ProviderServer> {
  const server = createServer((request, response) => {
    bodyOf(request)
      .then((body) => handle(request, body, response))
      .catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The stand-in got no port.');
  return {
    origin: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}

/** Both forms in which providers say when to come back. */
export interface Later {
  retryAfterMs?: number;
  retryAfterSeconds?: number;
}

export function sayLater(response: ServerResponse, { retryAfterMs, retryAfterSeconds }: Later): void {
  if (retryAfterMs !== undefined) response.setHeader('retry-after-ms', String(retryAfterMs));
  if (retryAfterSeconds !== undefined) response.setHeader('retry-after', String(retryAfterSeconds));
}

/** Calls `each` with the pieces of a text, one every `everyMs`, as long as somebody listens; then `end`. */
export function drip(
  response: ServerResponse,
  pieces: readonly string[],
  { everyMs, each, end }: { everyMs: number; each: (piece: string) => void; end: () => void },
): void {
  let next = 0;
  const timer = setInterval(() => {
    const piece = pieces[next];
    next += 1;
    if (piece !== undefined) {
      each(piece);
      return;
    }
    clearInterval(timer);
    end();
  }, everyMs);
  response.on('close', () => clearInterval(timer));
}

/** A text in pieces of `size` characters. */
export function inPieces(text: string, size: number): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length; at += size) pieces.push(text.slice(at, at + size));
  return pieces;
}
