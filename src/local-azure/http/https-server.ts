import { createServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** A finished request, body read, with what can be done about it. */
export interface Arrival {
  readonly method: string;
  readonly url: URL;
  readonly authorization: string | undefined;
  readonly body: string;
  send(status: number, headers: Readonly<Record<string, string>>, body: string | undefined): void;
  /** Cuts the connection without an answer. */
  cut(): void;
}

/** A listening server whose arrivals go to whatever `onArrival` was given last. */
export interface HttpsServer {
  readonly origin: string;
  onArrival(listener: (arrival: Arrival) => void): void;
  stop(): Promise<void>;
}

const longestBody = 1_048_576;

/** Listens on 127.0.0.1; port 0 takes a free one. */
export async function listenHttps(options: {
  port: number;
  key: string;
  certificate: string;
}): Promise<HttpsServer> {
  let listener: ((arrival: Arrival) => void) | undefined;
  const receive = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const arrival = toArrival(request, response, await readBody(request));
    if (listener === undefined) {
      arrival.cut();
    } else {
      listener(arrival);
    }
  };
  const server = createServer({ key: options.key, cert: options.certificate }, (request, response) => {
    receive(request, response).catch(() => {
      request.socket.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  return {
    origin: `https://127.0.0.1:${port}`,
    onArrival(next) {
      listener = next;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const piece = Buffer.from(chunk);
    size += piece.length;
    if (size > longestBody) {
      throw new RangeError('The body is longer than 1 MiB.');
    }
    chunks.push(piece);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function toArrival(request: IncomingMessage, response: ServerResponse, body: string): Arrival {
  return {
    method: request.method ?? 'GET',
    url: new URL(request.url ?? '/', 'https://127.0.0.1'),
    authorization: request.headers.authorization,
    body,
    send(status, headers, text) {
      const length = Buffer.byteLength(text ?? '');
      response.writeHead(status, status === 204 ? headers : { ...headers, 'content-length': String(length) });
      response.end(text);
    },
    cut() {
      request.socket.destroy();
    },
  };
}
