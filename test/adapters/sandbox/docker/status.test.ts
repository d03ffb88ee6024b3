import { mkdtemp, rename, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createSocketServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { captureFolder, clock, sandboxIn } from './support.ts';

let home: Awaited<ReturnType<typeof captureFolder>>;
let sockets: string;
beforeAll(async () => {
  home = await captureFolder();
  sockets = await mkdtemp(join(tmpdir(), 'cw-'));
});
afterAll(async () => {
  await home?.remove();
  await rm(sockets, { recursive: true, force: true });
});

const openIn = (docker: Docker, image?: string) =>
  sandboxIn(home.folder, { docker, ...(image === undefined ? {} : { image }) }).open({
    capturePath: home.capture,
    signal: new AbortController().signal,
  });

describe('the status of the sandbox', () => {
  it('names engine and image where both are there', async () => {
    // So early that no image can be too old.
    const status = await sandboxIn(home.folder, { clock: { ...clock, now: () => 0 } }).status();

    expect(status).toMatchObject({ ready: true, fix: null });
    expect(status.detail).toMatch(/^Docker \d\S*, image capwright-sandbox:[0-9a-f]{12}$/);
  });

  it('says that Docker is not running where there is no socket, and opening says the same', async () => {
    const docker = new Docker({ socketPath: join(sockets, 'none') });

    expect(await sandboxIn(home.folder, { docker }).status()).toMatchObject({
      isolation: { engine: 'none' },
      ready: false,
      detail: 'Docker is not running: its socket does not exist.',
      fix: 'npm run setup',
    });
    await expect(openIn(docker)).rejects.toMatchObject({
      code: 'SANDBOX_UNAVAILABLE',
      message: 'Docker is not running: its socket does not exist.',
      next: 'Run: npm run setup',
    });
    await expect(sandboxIn(home.folder, { docker }).leftovers()).rejects.toMatchObject({
      code: 'SANDBOX_UNAVAILABLE',
    });
  });

  it('says that nothing answers where a dead daemon left its socket', async () => {
    const socketPath = await deadSocket(join(sockets, 'dead'));

    const status = await sandboxIn(home.folder, { docker: new Docker({ socketPath }) }).status();

    expect(status).toMatchObject({ ready: false, fix: 'npm run setup' });
    expect(status.detail).toContain('nothing answers');
  });

  it('calls an image of older sources stale, and names the one command that helps', async () => {
    const image = 'capwright-sandbox:000000000000';

    const status = await sandboxIn(home.folder, { image }).status();

    expect(status).toMatchObject({ ready: false, fix: 'npm run setup' });
    expect(status.detail).toContain('older than its sources');
    await expect(openIn(new Docker(), image)).rejects.toMatchObject({
      code: 'SANDBOX_UNAVAILABLE',
      next: 'Run: npm run setup',
    });
  });

  it('calls an image that was never built missing', async () => {
    await withEngine(engine({}), async (docker) => {
      const status = await sandboxIn(home.folder, { docker }).status();

      expect(status).toMatchObject({ ready: false, fix: 'npm run setup' });
      expect(status.detail).toContain('has not been built');
    });
  });

  it('refuses an engine that does not enforce a limit, before anything runs on it', async () => {
    await withEngine(engine({ PidsLimit: false, SecurityOptions: [] }), async (docker) => {
      expect((await sandboxIn(home.folder, { docker }).status()).ready).toBe(false);
      await expect(openIn(docker)).rejects.toMatchObject({
        code: 'SANDBOX_UNAVAILABLE',
        message: expect.stringContaining('process limits, seccomp'),
      });
    });
  });

  it('gives up on an engine that never answers, when asked to', async () => {
    await withEngine(
      () => undefined,
      async (docker) => {
        const status = sandboxIn(home.folder, {
          docker,
          clock: { now: () => 0, sleep: async () => undefined },
        }).status();

        expect(await status).toMatchObject({ ready: false });
        expect((await status).detail).toContain('did not answer within 30 seconds');
      },
    );
  });

  it('says that an engine went away which cuts a call', async () => {
    await withEngine(
      (request) => request.socket.destroy(),
      async (docker) => {
        const { ready, detail } = await sandboxIn(home.folder, { docker }).status();

        expect(ready).toBe(false);
        expect(detail).toContain('went away during a call');
      },
    );
  });

  it('repeats nothing of what an engine says', async () => {
    await withEngine(spill, async (docker) => {
      const status = await sandboxIn(home.folder, { docker }).status();

      expect(status.ready).toBe(false);
      expect(JSON.stringify(status)).not.toContain('secret-from-the-engine');
    });
  });
});

/** An engine whose error texts must go nowhere. */
function spill(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(500, { 'content-type': 'application/json' });
  response.end('{"message":"secret-from-the-engine"}');
}

/** An engine that knows itself, and no image. */
function engine(info: Record<string, unknown>): RequestListener {
  const all = {
    ServerVersion: '99.1',
    MemTotal: 4e9,
    NCPU: 2,
    MemoryLimit: true,
    PidsLimit: true,
    SecurityOptions: ['name=seccomp,profile=default'],
    ...info,
  };
  return (request, response) => {
    const path = request.url ?? '';
    const [status, body] = path.startsWith('/info')
      ? [200, all]
      : path.startsWith('/images/json')
        ? [200, []]
        : [404, { message: 'none' }];
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };
}

async function withEngine(listener: RequestListener, work: (docker: Docker) => Promise<void>): Promise<void> {
  const socketPath = join(sockets, 'engine');
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  try {
    await work(new Docker({ socketPath }));
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** A socket file that nobody listens at: Node would remove it on close, so the file is moved first. */
async function deadSocket(path: string): Promise<string> {
  const server = createSocketServer();
  await new Promise<void>((resolve) => server.listen(`${path}.alive`, resolve));
  await rename(`${path}.alive`, path);
  await new Promise((resolve) => server.close(resolve));
  return path;
}
