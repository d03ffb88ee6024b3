import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { z } from 'zod';

/** The server refused in its own words; anything else that a call rejects with means that no answer came. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** One real `capwright serve` over stdio, as a host starts it. */
export interface Server {
  isAlive(): boolean;
  /** Resolves when the process is gone. */
  readonly gone: Promise<void>;
  call<T extends z.ZodType>(
    tool: string,
    args: Record<string, unknown>,
    view: T,
    timeoutMs: number,
  ): Promise<z.infer<T>>;
  signal(name: 'SIGSTOP' | 'SIGCONT'): void;
  kill(): void;
  /** Ends it as a polite host does. */
  close(): Promise<void>;
  /** What it said on stderr last. */
  said(): string;
}

const STDERR_KEPT = 4000;
const START_MS = 90_000;

/** A server that is being started. */
export interface Starting {
  /** Rejects when it doesn't come up. */
  readonly ready: Promise<Server>;
  kill(): void;
}

/** Starts the server whose sources lie at `root`; `hear` gets what it says on stderr. */
export function startServer(
  root: string,
  environment: Record<string, string>,
  hear: (text: string) => void,
): Starting {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: ['src/main.ts', 'serve', '--stdio'],
    cwd: root,
    env: environment,
    stderr: 'pipe',
  });
  const client = new Client({ name: 'chaos', version: '1' }, { versionNegotiation: { mode: 'auto' } });
  const gone = Promise.withResolvers<void>();
  const life = { alive: true, said: '' };
  const onclose = (): void => {
    life.alive = false;
    gone.resolve();
  };
  Object.assign(client, { onclose });
  transport.stderr?.on('data', (chunk: Buffer) => {
    const text = chunk.toString('utf8');
    hear(text);
    life.said = `${life.said}${text}`.slice(-STDERR_KEPT);
  });
  const signal = (name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void => {
    if (life.alive && transport.pid !== null) {
      process.kill(transport.pid, name);
    }
  };
  const server: Server = {
    isAlive: () => life.alive,
    gone: gone.promise,
    call: async (tool, args, view, timeout) => {
      const result = await client.callTool({ name: tool, arguments: args }, { timeout });
      if (result.isError === true) {
        throw refusal(result.content);
      }
      return view.parse(result.structuredContent);
    },
    signal,
    kill: () => signal('SIGKILL'),
    close: () => client.close(),
    said: () => life.said,
  };
  return {
    ready: client.connect(transport, { timeout: START_MS }).then(() => server),
    kill: () => signal('SIGKILL'),
  };
}

const Content = z.array(z.object({ text: z.string().default('') }));

function refusal(content: unknown): Refused {
  const text = Content.parse(content)
    .map((part) => part.text)
    .join('\n');
  return new Refused(/^([A-Z_]+):/.exec(text)?.[1] ?? 'UNKNOWN', text);
}
