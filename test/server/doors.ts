import { fileURLToPath } from 'node:url';
import { Client, StreamableHTTPClientTransport, type Transport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { z } from 'zod';
import { serveHttp } from '../../src/server/http.ts';
import type { FakeEvent } from '../fakes/use-cases.ts';
import { serverDeps } from './deps.ts';

const FIXTURE = fileURLToPath(new URL('../fixtures/stdio-fixture.ts', import.meta.url));

/** What a server said about itself while a client used it. */
export interface Heard {
  events: FakeEvent[];
  logs: { level: string; message: string; [field: string]: unknown }[];
}

export interface Door {
  client: Client;
  heard: Heard;
  close(): Promise<void>;
}

/**
 * Every way by which a current client comes in: both transports in both protocol eras. An old client cancels over HTTP
 * with a second request, which a server without sessions can't tell from a stranger's: only hanging up works there.
 */
export const DOORS = [
  { door: 'HTTP, 2026-07-28', open: () => openHttp('auto'), version: '2026-07-28', hearsCancel: true },
  { door: 'HTTP, 2025-11-25', open: () => openHttp('legacy'), version: '2025-11-25', hearsCancel: false },
  { door: 'stdio, 2026-07-28', open: () => openStdio('auto'), version: '2026-07-28', hearsCancel: true },
  { door: 'stdio, 2025-11-25', open: () => openStdio('legacy'), version: '2025-11-25', hearsCancel: true },
] as const;

/** Names of the tools, in the order in which they are listed and used. */
export const TOOLS = [
  'start_capture',
  'check_task',
  'stop_capture',
  'list_tasks',
  'analyze_pcap',
  'cleanup_orphans',
];

/** An HTTP server over fake use-cases on a free port of this machine. */
export async function startHttp() {
  const heard: Heard = { events: [], logs: [] };
  const deps = serverDeps(
    (event) => heard.events.push(event),
    (level, message, fields) => heard.logs.push({ level, message, ...fields }),
  );
  return { heard, server: await serveHttp(deps, { host: '127.0.0.1', port: 0 }) };
}

/** A stdio server over fake use-cases in a process of its own. */
export function stdioCommand() {
  return { command: process.execPath, args: [FIXTURE], stderr: 'pipe' as const };
}

async function openHttp(mode: 'auto' | 'legacy'): Promise<Door> {
  const { heard, server } = await startHttp();
  const client = await connect(new StreamableHTTPClientTransport(new URL(server.url)), mode);
  const close = async () => {
    await client.close();
    await server.close();
  };
  return { client, heard, close };
}

async function openStdio(mode: 'auto' | 'legacy'): Promise<Door> {
  const transport = new StdioClientTransport(stdioCommand());
  const heard: Heard = { events: [], logs: [] };
  listen(transport.stderr, heard);
  const client = await connect(transport, mode);
  return { client, heard, close: () => client.close() };
}

async function connect(transport: Transport, mode: 'auto' | 'legacy'): Promise<Client> {
  const client = new Client({ name: 'test', version: '1.0.0' }, { versionNegotiation: { mode } });
  await client.connect(transport);
  return client;
}

const Line = z.union([
  z.object({ event: z.custom<FakeEvent>() }),
  z.object({ log: z.looseObject({ level: z.string(), message: z.string() }) }),
  z.object({ ended: z.literal(true) }),
]);

function listen(stderr: NodeJS.EventEmitter | null, heard: Heard): void {
  let rest = '';
  stderr?.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString('utf8')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const told = Line.safeParse(parseJson(line)).data;
      if (told !== undefined && 'event' in told) heard.events.push(told.event);
      if (told !== undefined && 'log' in told) heard.logs.push(told.log);
    }
  });
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
