import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { costWithin, type Cost } from './analysis-cost.ts';

/** A server that has already answered once, as it is for whoever asks it. */
export interface WarmServer {
  /** Analyses a capture; also milliseconds to the first word about how far it is, null where none came. */
  analyse(path: string): Promise<Cost & { firstWordMs: number | null }>;
  stop(): Promise<void>;
}

const Message = z.object({
  id: z.number().optional(),
  method: z.string().optional(),
  result: z.object({ isError: z.boolean().optional(), content: z.array(z.unknown()).optional() }).optional(),
  error: z.object({ message: z.string() }).optional(),
});

export interface ServerOptions {
  entry: string;
  /** Folder for its state. */
  folder: string;
  /** Folder of the captures. */
  captures: string;
  engine: string;
}

/** Starts the built server over stdio, its model off. */
export async function startServer({ entry, folder, captures, engine }: ServerOptions): Promise<WarmServer> {
  const child = spawn(process.execPath, [entry, 'serve', '--stdio', '--state-dir', folder], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...process.env, CAPWRIGHT_SANDBOX: engine, CAPWRIGHT_ALLOWED_ROOTS: captures },
  });
  const waiting = new Map<number, (message: z.infer<typeof Message>) => void>();
  const heard: { progress: (() => void) | null } = { progress: null };
  createInterface({ input: child.stdout }).on('line', (line) => {
    const message = Message.parse(JSON.parse(line));
    if (message.method === 'notifications/progress') heard.progress?.();
    if (message.id !== undefined) waiting.get(message.id)?.(message);
  });
  const tell = (message: object): void =>
    void child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  let last = 0;
  const ask = async (method: string, params: object): Promise<void> => {
    const id = ++last;
    const answered = new Promise<z.infer<typeof Message>>((resolve) => waiting.set(id, resolve));
    tell({ id, method, params });
    const { result, error } = await answered;
    if (error !== undefined || result?.isError === true) {
      throw new Error(`the server refused: ${error?.message ?? JSON.stringify(result?.content)}`);
    }
  };
  const clientInfo = { name: 'bench', version: '1' };
  await ask('initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo });
  tell({ method: 'notifications/initialized' });
  const pid = child.pid ?? 0;
  return {
    async analyse(path) {
      const start = performance.now();
      let firstWordMs: number | null = null;
      heard.progress = () => {
        firstWordMs ??= performance.now() - start;
      };
      const params = { name: 'analyze_pcap', arguments: { pcap_path: path }, _meta: { progressToken: last } };
      const cost = await costWithin(pid, () => ask('tools/call', params));
      return { ...cost, firstWordMs };
    },
    async stop() {
      const ended = once(child, 'exit');
      child.stdin.end();
      await ended;
    },
  };
}
