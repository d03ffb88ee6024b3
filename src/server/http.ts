import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import {
  hostHeaderValidation,
  type NodeMcpRequestHandler,
  originValidation,
  toNodeHandler,
} from '@modelcontextprotocol/node';
import { createMcpHandler } from '@modelcontextprotocol/server';
import { CapwrightError } from '../domain/errors.ts';
import { CALL_GRACE_MS, createServerFactory, type ServerDeps } from './build-server.ts';
import { createDrain } from './drain.ts';
import { hostNames, inUrl, requireLoopback } from './loopback.ts';

/** Largest accepted request body in bytes; the largest honest call is far below. */
export const MAX_BODY_BYTES = 1024 * 1024;
/** A client gets this long to send its request, in milliseconds; the answer may take longer. */
const REQUEST_TIMEOUT_MS = 30_000;
/** A response that is still open this long after all calls were answered is cut, in milliseconds. */
const LINGER_MS = 1000;

export interface HttpOptions {
  /** A loopback address; anything else is refused. */
  host: string;
  /** 0 picks a free one. */
  port: number;
}

export interface HttpServer {
  /** Where clients connect: http://host:port/mcp. */
  url: string;
  /** Takes no new calls, answers the running ones, ends all streams. */
  close(): Promise<void>;
}

/**
 * Serves MCP over Streamable HTTP without sessions: any process answers any request. Throws INVALID_ARGUMENT where
 * the address is not loopback or can't be had.
 */
export async function serveHttp(deps: ServerDeps, { host, port }: HttpOptions): Promise<HttpServer> {
  requireLoopback(host);
  const calls = createDrain(deps.clock, CALL_GRACE_MS);
  const exchanges = createDrain(deps.clock, LINGER_MS);
  const onerror = (error: Error) => deps.log('info', 'HTTP request failed', { reason: error.message });
  const mcp = createMcpHandler(createServerFactory(deps, calls), {
    maxRequestBodySize: MAX_BODY_BYTES,
    onerror,
  });
  const handle = route({
    mcp: toNodeHandler(mcp, { maxRequestBodySize: MAX_BODY_BYTES, onerror }),
    onerror,
    names: hostNames(host),
    version: deps.version,
  });
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
    void exchanges.track(once(response, 'close'));
    handle(request, response);
  });
  const boundPort = await listen(server, host, port);

  return {
    url: `http://${inUrl(host)}:${boundPort}/mcp`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      await calls.drain();
      await mcp.close();
      await exchanges.drain();
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Routes {
  mcp: NodeMcpRequestHandler;
  onerror: (error: Error) => void;
  /** Host names that this server answers to. */
  names: string[];
  version: string;
}

function route({ mcp, onerror, names, version }: Routes): RequestListener {
  const validHost = hostHeaderValidation(names);
  const validOrigin = originValidation(names);

  return (request, response) => {
    if (!validHost(request, response) || !validOrigin(request, response)) return;
    const path = request.url?.split('?', 1)[0];
    if (path === '/mcp') {
      mcp(request, response).catch((error: unknown) => {
        onerror(error instanceof Error ? error : new Error(String(error)));
        response.destroy();
      });
      return;
    }
    const healthy = path === '/healthz' && (request.method === 'GET' || request.method === 'HEAD');
    response.writeHead(healthy ? 200 : 404, {
      'content-type': 'application/json',
      'cache-control': 'no-store',
    });
    response.end(
      JSON.stringify(healthy ? { status: 'ok', version } : { error: 'Not found. MCP is served at /mcp.' }),
    );
  };
}

async function listen(server: Server, host: string, port: number): Promise<number> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new CapwrightError(
      'INVALID_ARGUMENT',
      `Could not listen on ${inUrl(host)}:${port}: the port is taken or not allowed.`,
      'Choose another with --port, or --port 0 for any free one.',
      error,
    );
  }
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}
