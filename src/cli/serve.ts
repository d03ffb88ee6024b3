import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { createTools } from '../../tools/index.ts';
import { createApp, createForensics, startWatchdog } from '../app.ts';
import type { ServerDeps } from '../server/build-server.ts';
import { UsageError, type Command } from './command.ts';
import { COMMON_OPTIONS, configOf, logOf } from './setting-up.ts';
import { version } from './version.ts';

const DEFAULT_PORT = '3000';

/** `capwright serve`: the MCP server, driving its tasks until it is told to stop. */
export const serve: Command = async (args, shell) => {
  const { values } = parseArgs({
    args,
    options: {
      ...COMMON_OPTIONS,
      stdio: { type: 'boolean', default: false },
      http: { type: 'boolean', default: false },
      host: { type: 'string', default: '127.0.0.1' },
      port: { type: 'string', default: DEFAULT_PORT },
    },
  });
  if (values.stdio && values.http) {
    throw new UsageError('serve takes --stdio or --http, not both');
  }
  const port = portOf(values.port);
  const log = logOf(shell, 'info');
  const config = configOf(values, shell);
  const forensics = createForensics(config, log);
  const app = await createApp(config, forensics, log);
  const deps: ServerDeps = {
    tools: createTools(app),
    results: app.results,
    version: version(),
    log,
    clock: forensics.clock,
    sampling: config.model?.provider === 'sampling',
    newErrorId: () => randomBytes(4).toString('hex'),
  };
  let watchdog: ReturnType<typeof startWatchdog> | undefined;
  try {
    app.driver.start();
    watchdog = startWatchdog();
    if (values.http) {
      const { serveHttp } = await import('../server/http.ts');
      const server = await serveHttp(deps, { host: values.host, port });
      log('info', 'serving MCP over HTTP', { url: server.url });
      await stopped(shell.stop);
      await server.close();
    } else {
      const { serveStdio } = await import('../server/stdio.ts');
      log('info', 'serving MCP over stdio');
      await serveStdio(deps, { stdin: shell.stdin, stdout: shell.stdout, stop: shell.stop });
    }
    return 0;
  } finally {
    watchdog?.stop();
    await app.close();
    forensics.close();
  }
};

function portOf(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new UsageError('--port is a number from 0 to 65535');
  }
  return port;
}

async function stopped(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) {
    await once(signal, 'abort');
  }
}
