import { Agent, createServer, request as ask } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FaultAction } from '../control/fault-kinds.ts';
import type { Faults } from '../control/faults.ts';
import type { Stats } from '../control/stats.ts';
import type { Tokens } from '../identity/tokens.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { blobError, refuseBlob, type BlobError } from './refusals.ts';
import { transfer } from './transfer.ts';

/** The endpoint through which clients reach the blobs. */
export interface BlobDoor {
  readonly origin: string;
  stop(): Promise<void>;
}

interface BlobDoorDeps {
  readonly key: string;
  readonly certificate: string;
  readonly ca: string;
  /** Azurite's own origin. */
  readonly behind: string;
  /** Where tokens are to be had; named in challenges. */
  readonly authority: string;
  readonly inventory: Inventory;
  readonly tokens: Tokens;
  readonly faults: Faults;
  readonly stats: Stats;
}

/** Listens before Azurite: adds the accounts' firewalls, withdrawn credentials and faults; all else passes through. */
export async function openBlobDoor(deps: BlobDoorDeps): Promise<BlobDoor> {
  const agent = new Agent({ ca: deps.ca, keepAlive: true });
  const server = createServer({ key: deps.key, cert: deps.certificate }, (request, response) => {
    receive(deps, agent, request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  return {
    origin: `https://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    stop: () =>
      new Promise((resolve) => {
        agent.destroy();
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function receive(deps: BlobDoorDeps, agent: Agent, request: IncomingMessage, response: ServerResponse): void {
  const { method = 'GET', url = '/' } = request;
  const { pathname } = new URL(url, deps.behind);
  const isTransfer = method === 'GET' && pathname.split('/').length > 3;
  const fault = deps.faults.take({
    service: 'blob',
    kind: isTransfer ? 'transfer' : 'read',
    method,
    path: pathname,
  });
  if (fault === 'reset-before' || fault === 'reset-after') {
    request.socket.destroy();
    return;
  }
  if (fault === 'hang' || fault === 'hang-after') {
    return;
  }
  const refusal = faultError(fault) ?? refuseBlob(deps, request, pathname);
  if (refusal !== undefined) {
    request.resume();
    send(response, refusal);
    return;
  }
  const options = { agent, method, headers: request.headers, ca: deps.ca };
  const passed = ask(new URL(url, deps.behind), options, (answer) => {
    transfer(answer, response, fault, (bytes) => {
      deps.stats.transfer(bytes);
    });
  });
  passed.on('error', () => {
    response.destroy();
  });
  response.on('close', () => {
    passed.destroy();
  });
  request.pipe(passed);
}

const codes = {
  401: 'InvalidAuthenticationInfo',
  403: 'AuthorizationFailure',
  404: 'BlobNotFound',
  409: 'ResourceTypeMismatch',
  412: 'ConditionNotMet',
  429: 'ServerBusy',
  500: 'InternalError',
  503: 'ServerBusy',
} as const;

function faultError(fault: FaultAction | undefined): BlobError | undefined {
  if (typeof fault !== 'object' || !('status' in fault)) {
    return undefined;
  }
  const error = blobError(fault.status, codes[fault.status], 'This failure was planted.');
  const wait = fault.retryAfterSeconds;
  return wait === undefined
    ? error
    : { ...error, headers: { ...error.headers, 'retry-after': String(wait) } };
}

function send(response: ServerResponse, { status, headers, body }: BlobError): void {
  const length = Buffer.byteLength(body);
  response.writeHead(status, { ...headers, 'content-type': 'application/xml', 'content-length': length });
  response.end(body);
}
