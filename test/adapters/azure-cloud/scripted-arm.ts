import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach } from 'vitest';
import { createAzureCloud } from '../../../src/adapters/azure-cloud/azure-cloud.ts';
import type { AzureCloudOptions } from '../../../src/adapters/azure-cloud/options.ts';
import { makeCertificate, type CertificateFiles } from '../../../src/local-azure/certificate/certificate.ts';
import type { Cloud } from '../../../src/ports.ts';
import { realClock, silent } from './setting.ts';

/** What a scripted server says, or that it ends the connection without a word. */
export type Reply = Answer | 'cut';

export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: unknown;
}

/** An ARM that answers what a test says, for what no well-meaning simulator does. */
export interface ScriptedArm {
  origin: string;
  cloud: Cloud;
  /** `METHOD path` of each request, with the token, the whole address and the body that came. */
  requests: { line: string; token: string | undefined; url: string; body: string }[];
}

/** Gets `METHOD path` without the query, and the server's origin. */
export type Script = (line: string, origin: string) => Reply;

export const TOKEN = 'the-token';

/** Starts scripted servers, all trusted by the same clients; each is ended after the test that started it. */
export function createScriptedArms() {
  const directory = mkdtempSync(join(tmpdir(), 'capwright-arm-'));
  const certificate = makeCertificate(directory);
  let stops: (() => Promise<void>)[] = [];
  afterEach(async () => {
    await Promise.all(stops.map((stop) => stop()));
    stops = [];
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  return async (script: Script, changes: Partial<AzureCloudOptions> = {}): Promise<ScriptedArm> => {
    const { stop, ...arm } = await startScriptedArm(certificate, script, changes);
    stops.push(stop);
    return arm;
  };
}

async function startScriptedArm(
  { caFile, certificate, key }: CertificateFiles,
  script: Script,
  changes: Partial<AzureCloudOptions>,
): Promise<ScriptedArm & { stop: () => Promise<void> }> {
  // The adapter's short deadlines here must not pay for the first loading of the SDK.
  await import('@azure/arm-network');
  const requests: ScriptedArm['requests'] = [];
  const server = createServer({ cert: certificate, key }, (request, response) => {
    const line = `${request.method} ${request.url?.split('?')[0]}`;
    const seen = { line, token: request.headers.authorization, url: `${origin}${request.url}`, body: '' };
    requests.push(seen);
    request.setEncoding('utf8').on('data', (chunk: string) => (seen.body += chunk));
    request.on('end', () => {
      const reply = script(line, origin);
      if (reply === 'cut') {
        request.socket.destroy();
        return;
      }
      const { status, headers, body } = reply;
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(body === undefined ? undefined : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const origin = `https://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  const cloud = createAzureCloud({
    subscriptionId: '5c0f3f4e-8f6b-4e0c-9a2d-1b7e6d5c4b3a',
    defaultStorageAccount: 'acct',
    defaultStorageContainer: 'captures',
    armEndpoint: origin,
    caFile,
    credential: { getToken: async () => ({ token: TOKEN, expiresOnTimestamp: Date.now() + 3_600_000 }) },
    clock: realClock,
    log: silent,
    timeouts: { pollMs: 20, operationMs: 1500, readMs: 1500, requestMs: 1000 },
    ...changes,
  });
  return {
    origin,
    cloud,
    requests,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
