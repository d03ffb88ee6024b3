import { connect, type Socket } from 'node:net';
import { request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { MAX_BODY_BYTES, serveHttp } from '../../src/server/http.ts';
import { SCENARIO } from '../fakes/use-cases.ts';
import { serverDeps } from './deps.ts';
import { startHttp } from './doors.ts';

const deps = serverDeps(
  () => undefined,
  () => undefined,
);
const listTools = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' });
const mcpHeaders = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
};

let http: Awaited<ReturnType<typeof startHttp>>;
beforeAll(async () => {
  http = await startHttp();
});
afterAll(() => http.server.close());

interface Sent {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: string;
}

/** Plain node:http, since fetch would not let a test choose the Host header. */
function send({ method = 'POST', path = '/mcp', headers = {}, body = '' }: Sent) {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
  const url = new URL(path, http.server.url);
  const outgoing = request(url, { method, headers: { ...mcpHeaders, ...headers } }, (response) => {
    let text = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => (text += chunk));
    response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
  });
  outgoing.on('error', reject);
  outgoing.end(body);
  return promise;
}

describe('serveHttp', () => {
  it('answers a request that names this machine, with or without its own origin', async () => {
    const plain = await send({ body: listTools });
    const browser = await send({ body: listTools, headers: { origin: 'http://localhost:5173' } });

    expect([plain.status, browser.status]).toEqual([200, 200]);
    expect(plain.text).toContain('start_capture');
  });

  it.each([
    ['another Host', { host: 'evil.example' }],
    ['a Host that only begins like ours', { host: '127.0.0.1.evil.example' }],
    ['another Origin', { origin: 'https://evil.example' }],
    ['an opaque Origin', { origin: 'null' }],
  ])('refuses %s with 403 on every path', async (_what, headers) => {
    const mcp = await send({ headers, body: listTools });
    const health = await send({ method: 'GET', path: '/healthz', headers });

    expect([mcp.status, health.status]).toEqual([403, 403]);
    expect(mcp.text).not.toContain('start_capture');
  });

  it('refuses a body over the limit with 413, announced or not', async () => {
    const body = 'x'.repeat(MAX_BODY_BYTES + 1);
    const announced = await send({ body });
    const chunked = await send({ body, headers: { 'transfer-encoding': 'chunked' } });

    expect([announced.status, chunked.status]).toEqual([413, 413]);
  });

  it('refuses what is not JSON with a JSON-RPC error, not with a crash', async () => {
    const garbage = await send({ body: '{"jsonrpc": ' });
    const form = await send({ body: 'a=1', headers: { 'content-type': 'text/plain' } });
    const after = await send({ body: listTools });

    expect(garbage.status).toBe(400);
    expect(form.status).toBe(415);
    expect(after.status).toBe(200);
  });

  it('keeps no sessions: GET and DELETE are not allowed', async () => {
    const get = await send({ method: 'GET' });
    const del = await send({ method: 'DELETE' });

    expect([get.status, del.status]).toEqual([405, 405]);
  });

  it('says that it is healthy, and 404 for what it does not know', async () => {
    const health = await send({ method: 'GET', path: '/healthz' });
    const unknown = await send({ method: 'GET', path: '/etc/passwd' });
    const odd = await send({ method: 'GET', path: '/mcp/../healthz2' });

    expect(JSON.parse(health.text)).toEqual({ status: 'ok', version: '0.0.0-test' });
    expect([health.status, unknown.status, odd.status]).toEqual([200, 404, 404]);
  });

  it.each(['0.0.0.0', '::', '192.168.1.10', 'example.org', ''])(
    'refuses to listen on %j, since nobody would have to prove who they are',
    async (host) => {
      await expect(serveHttp(deps, { host, port: 0 })).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
        next: expect.stringContaining('--host 127.0.0.1'),
      });
    },
  );

  it.each(['127.0.0.1', 'localhost', '::1', '127.0.0.2'])('serves on %s', async (host) => {
    const server = await serveHttp(deps, { host, port: 0 });
    const response = await fetch(new URL('/healthz', server.url));
    await server.close();

    expect(response.status).toBe(200);
  });

  it('says which port is taken and what to do', async () => {
    const port = Number(new URL(http.server.url).port);

    await expect(serveHttp(deps, { host: '127.0.0.1', port })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining(String(port)),
      next: expect.stringContaining('--port'),
    });
  });
});

describe('a closing HTTP server', () => {
  it.each(['auto', 'legacy'] as const)('answers the calls that still wait (%s)', async (mode) => {
    const { heard, server } = await startHttp();
    const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode } });
    await client.connect(new StreamableHTTPClientTransport(new URL(server.url)));
    const call = client.callTool({ name: 'check_task', arguments: { task_id: SCENARIO.endless } });
    await vi.waitFor(() => expect(heard.events).toHaveLength(1));

    const [result] = await Promise.all([call, server.close()]);

    expect(result.isError).toBe(true);
    expect(JSON.stringify(result.content)).toContain('CANCELLED: The server is stopping');
    await expect(fetch(server.url)).rejects.toThrow();
    await client.close();
  });

  it('does not wait for a connection on which nothing was ever asked', async () => {
    const { server } = await startHttp();
    const { hostname, port } = new URL(server.url);
    const silent: Socket = connect(Number(port), hostname);
    await new Promise((resolve) => silent.once('connect', resolve));
    const ended = new Promise((resolve) => silent.once('close', resolve));

    const closed = await Promise.race([server.close().then(() => 'closed'), pause(10_000, 'hung')]);

    expect(closed).toBe('closed');
    await ended;
  });
});
