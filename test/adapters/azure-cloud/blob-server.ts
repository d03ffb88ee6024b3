import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** One answer in place of the usual one: how the connection is mistreated. */
export type Mischief =
  | { kind: 'cut'; after: number }
  | { kind: 'stall'; after: number }
  | { kind: 'status'; status: number }
  | { kind: 'whole' }
  | { kind: 'replace'; with: Buffer; after: number };

/** A blob over plain HTTP, as much of the protocol as reading needs, with planned mischief per GET. */
export interface BlobServer {
  url: string;
  /** `Range` of each GET, in order. */
  ranges: string[];
  stop(): Promise<void>;
}

/** Serves `content`; the n-th GET meets the n-th mischief, those after them none. */
export async function startBlobServer(
  content: Buffer,
  mischief: Mischief[] = [],
  headers: Record<string, string> = {},
): Promise<BlobServer> {
  let current = content;
  let version = 1;
  const ranges: string[] = [];
  const server = createServer((request, response) => {
    const etag = `"0x${version}"`;
    if (request.method === 'HEAD') {
      response.writeHead(200, { etag, 'content-length': current.length, ...headers }).end();
      return;
    }
    ranges.push(request.headers['x-ms-range']?.toString() ?? '');
    const planned = mischief[ranges.length - 1];
    if (request.headers['if-match'] !== etag) {
      response.writeHead(412, { 'x-ms-error-code': 'ConditionNotMet' }).end();
      return;
    }
    if (planned?.kind === 'status') {
      response.writeHead(planned.status).end();
      return;
    }
    const served = current;
    if (planned?.kind === 'replace') {
      current = planned.with;
      version += 1;
    }
    send(request, response, { etag, served, planned });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/acct/captures/x.cap`,
    ranges,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  { etag, served, planned }: { etag: string; served: Buffer; planned: Mischief | undefined },
): void {
  const [, from = '0', to = ''] =
    /^bytes=(\d+)-(\d*)$/.exec(request.headers['x-ms-range']?.toString() ?? '') ?? [];
  const whole = planned?.kind === 'whole';
  const start = whole ? 0 : Number(from);
  const end = whole || to === '' ? served.length : Math.min(Number(to) + 1, served.length);
  const body = served.subarray(start, end);
  response.writeHead(whole ? 200 : 206, {
    etag,
    'content-length': body.length,
    ...(whole ? {} : { 'content-range': `bytes ${start}-${end - 1}/${served.length}` }),
  });
  if (planned === undefined || planned.kind === 'whole' || planned.kind === 'status') {
    response.end(body);
    return;
  }
  response.write(body.subarray(0, planned.after), () => {
    if (planned.kind !== 'stall') {
      setTimeout(() => request.socket.destroy(), 20);
    }
  });
}
